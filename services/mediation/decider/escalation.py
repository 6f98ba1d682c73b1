"""Which level holds the dispute, and how it climbs (lifecycles C3 #18)."""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts.mediation import DisputeEscalated, DisputeRegistered
from libs.events.contracts.values import Level, OrgCode, RiskColour
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import EscalateDispute
from services.mediation.decider.lifecycle import POSSIBLE, Status

Fact = DisputeRegistered | DisputeEscalated

LADDER: tuple[Level, ...] = ("COMMUNITY", "STREET", "DISTRICT", "CITY")


class NotAHigherLevel(Rejected, rule="mediation.not_a_higher_level"): ...


class LevelIsSkipped(Rejected, rule="mediation.level_is_skipped"): ...


@dataclass(frozen=True, slots=True)
class Holding:
    """The level and organisation that hold the dispute, and its risk colour."""

    level: Level = "COMMUNITY"
    org: OrgCode = ""
    risk: RiskColour = "BLUE"


def decide(command: EscalateDispute, holding: Holding, status: Status) -> list[Fact]:
    """One level up; only a red risk may skip one."""
    if "escalate-dispute" not in POSSIBLE[status]:
        raise IllegalTransition
    if (command.to_level, command.to_org) == (holding.level, holding.org):
        return []
    steps = LADDER.index(command.to_level) - LADDER.index(holding.level)
    if steps <= 0:
        raise NotAHigherLevel
    if steps > 1 and holding.risk != "RED":
        raise LevelIsSkipped
    return [
        DisputeEscalated(
            from_level=holding.level,
            to_level=command.to_level,
            from_org=holding.org,
            to_org=command.to_org,
            explanation=command.explanation,
            by=command.by,
        )
    ]


def evolve(holding: Holding, fact: Fact) -> Holding:
    """Registration names the first holder; each escalation the next."""
    match fact:
        case DisputeRegistered():
            return Holding(level=fact.level, org=fact.org_code, risk=fact.risk)
        case DisputeEscalated():
            return replace(holding, level=fact.to_level, org=fact.to_org)
        case _:
            assert_never(fact)
