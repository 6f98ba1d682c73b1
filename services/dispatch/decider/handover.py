"""The hand-over of a case to mediation, and its return when mediation had no effect (lifecycles C2 #33)."""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts.dispatch import CaseHandedBack, CaseHandedToMediation
from libs.events.errors import IllegalTransition, Rejected
from services.dispatch.commands import HandBack, HandToMediation
from services.dispatch.decider.lifecycle import Lifecycle

Command = HandToMediation | HandBack
Fact = CaseHandedToMediation | CaseHandedBack


class HandOverDoesNotMatch(Rejected, rule="dispatch.hand_over_does_not_match"): ...


class MediationHadEffect(Rejected, rule="dispatch.mediation_had_effect"): ...


@dataclass(frozen=True, slots=True)
class HandOver:
    """The number of the newest hand-over, and of the newest that came back; 0 is none."""

    handed: int = 0
    came_back: int = 0


def decide(command: Command, hand_over: HandOver, case: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case HandToMediation():
            return hand_to_mediation(command, hand_over, case)
        case HandBack():
            return hand_back(command, hand_over, case)
        case _:
            assert_never(command)


def hand_to_mediation(command: HandToMediation, hand_over: HandOver, case: Lifecycle) -> list[Fact]:
    """Only before the unit has answered; each hand-over has its own number."""
    if case.status not in {"FILED", "DISPATCHED", "HANDLING"}:
        raise IllegalTransition
    return [
        CaseHandedToMediation(
            hand_over_no=hand_over.handed + 1,
            case_no=case.case_no,
            channel=case.channel,
            category=case.category,
            org_code=case.org_code,
            explanation=command.explanation,
            by=command.by,
        )
    ]


def hand_back(command: HandBack, hand_over: HandOver, case: Lifecycle) -> list[Fact]:
    """Mediation gives back what was handed over under this number, and only when it had no effect."""
    if command.hand_over_no <= hand_over.came_back:
        return []
    if case.status != "HANDED_TO_MEDIATION":
        raise IllegalTransition
    if command.hand_over_no != hand_over.handed:
        raise HandOverDoesNotMatch
    if command.outcome == "RESOLVED":
        raise MediationHadEffect
    return [CaseHandedBack(outcome=command.outcome, hand_over_no=command.hand_over_no)]


def evolve(hand_over: HandOver, fact: Fact) -> HandOver:
    """How the numbers move with each fact."""
    match fact:
        case CaseHandedToMediation(hand_over_no=number):
            return replace(hand_over, handed=number)
        case CaseHandedBack(hand_over_no=number):
            return replace(hand_over, came_back=number)
        case _:
            assert_never(fact)
