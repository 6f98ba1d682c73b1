"""What dispatch does when intake files a case, or mediation gives one back."""

from libs.events.contracts.intake import CaseFiled
from libs.events.contracts.mediation import DisputeClosed
from libs.events.envelope import Envelope
from libs.events.reactions import Reaction, concerns
from libs.events.timing.terms import NOT_RULED
from services.dispatch.commands import HandBack, ReceiveCase


@concerns(CaseFiled.kind)
def on_intake(heard: Envelope) -> list[Reaction]:
    """A case filed to dispatch is received."""
    match heard.data:
        case CaseFiled(route="DISPATCH") as filed:
            received = ReceiveCase(
                origin="INTAKE",
                case_no=filed.case_no,
                channel=filed.channel,
                category=filed.category,
                urgency=filed.urgency,
                org_code=filed.org_code,
                grid_code=filed.grid_code,
                confidential=filed.confidential,
                filed_at=filed.filed_at,
                policy_version=None if filed.policy_version == NOT_RULED else filed.policy_version,
            )
            return [Reaction(f"case-{heard.matter}", received)]
        case _:
            return []


@concerns(DisputeClosed.kind)
def on_mediation(heard: Envelope) -> list[Reaction]:
    """A handed-over dispute that mediation could not settle comes back."""
    match heard.data:
        case DisputeClosed(origin="HAND_OVER", outcome="UNRESOLVED" | "OTHER_ROUTE") as closed:
            back = HandBack(outcome=closed.outcome, hand_over_no=closed.hand_over_no)
            return [Reaction(f"case-{heard.matter}", back)]
        case _:
            return []
