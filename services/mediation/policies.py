"""What mediation does when intake files a dispute to it, or dispatch hands one over.

Nobody has counted parties or judged the risk of such a dispute yet: it starts with the two sides that every
dispute has, at the lowest level, in the calmest colour; screening corrects what it finds.
"""

from typing import Literal

from libs.events.contracts.dispatch import CaseHandedToMediation
from libs.events.contracts.intake import CaseFiled
from libs.events.envelope import Envelope
from libs.events.reactions import Reaction, concerns
from libs.events.timing.terms import NOT_RULED
from services.mediation.commands import RegisterDispute

HOTLINE = "03"
SIDES = 2


def pinned(policy_version: str | None) -> str | None:
    """The limits that the matter was filed under go with it (lifecycles C1 #10)."""
    return None if policy_version == NOT_RULED else policy_version


@concerns(CaseFiled.kind)
def on_intake(heard: Envelope) -> list[Reaction]:
    """A case filed to mediation is registered as a dispute."""
    match heard.data:
        case CaseFiled(route="MEDIATION") as filed:
            origin: Literal["HOTLINE", "INTAKE"] = "HOTLINE" if filed.channel == HOTLINE else "INTAKE"
            registered = RegisterDispute(
                origin=origin,
                dispute_no=filed.case_no,
                channel=filed.channel,
                category=filed.category,
                scale="01",
                people_count=SIDES,
                party_count=SIDES,
                level="COMMUNITY",
                org_code=filed.org_code,
                risk="BLUE",
                registered_at=filed.filed_at,
                policy_version=pinned(filed.policy_version),
                by=filed.by,
                at=filed.filed_at,
            )
            return [Reaction(f"dispute-{heard.matter}", registered)]
        case _:
            return []


@concerns(CaseHandedToMediation.kind)
def on_dispatch(heard: Envelope) -> list[Reaction]:
    """A handed-over case is registered as a dispute of the same matter, under the hand-over's number."""
    match heard.data:
        case CaseHandedToMediation() as handed:
            registered = RegisterDispute(
                origin="HAND_OVER",
                hand_over_no=handed.hand_over_no,
                dispute_no=handed.case_no or str(heard.matter),
                channel=handed.channel,
                category=handed.category,
                scale="01",
                people_count=SIDES,
                party_count=SIDES,
                level="COMMUNITY",
                org_code=handed.org_code,
                risk="BLUE",
                registered_at=heard.cause.at,
                policy_version=pinned(heard.cause.policy_version),
                by=handed.by,
                at=heard.cause.at,
            )
            return [Reaction(f"dispute-{heard.matter}", registered)]
        case _:
            return []
