"""What became of a filed matter, so that the reporter can be answered (lifecycles C0 rule 8)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts.intake import OutcomeRecorded, OutcomeWithdrawn
from libs.events.contracts.values import Route
from services.intake.commands import RecordOutcome, WithdrawOutcome

Command = RecordOutcome | WithdrawOutcome
Fact = OutcomeRecorded | OutcomeWithdrawn


@dataclass(frozen=True, slots=True)
class Ending:
    """The newest cycle of one route that was concluded, and the newest that was withdrawn.

    Two numbers instead of one flag: the topics of the stages have no common order, so a withdrawal may be
    heard before the outcome it withdraws.
    """

    concluded: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How each of the two routes ended, if it did."""

    dispatch: Ending = Ending()
    mediation: Ending = Ending()

    def of(self, route: Route) -> Ending:
        """How this route ended."""
        return self.dispatch if route == "DISPATCH" else self.mediation

    @property
    def status(self) -> Literal["NONE", "RECORDED", "WITHDRAWN"]:
        """What the reporter may be told now."""
        one, other = self.dispatch, self.mediation
        if one.concluded > one.withdrawn or other.concluded > other.withdrawn:
            return "RECORDED"
        return "WITHDRAWN" if one.withdrawn or other.withdrawn else "NONE"


def decide(command: Command, outcome: Outcome) -> list[Fact]:
    """An outcome counts once per cycle, and never after its withdrawal was heard."""
    ending = outcome.of(command.route)
    match command:
        case RecordOutcome():
            if command.cycle <= max(ending.concluded, ending.withdrawn):
                return []
            return [
                OutcomeRecorded(
                    route=command.route,
                    outcome=command.outcome,
                    cycle=command.cycle,
                    concluded_at=command.concluded_at,
                )
            ]
        case WithdrawOutcome():
            if command.cycle <= ending.withdrawn:
                return []
            return [OutcomeWithdrawn(route=command.route, cycle=command.cycle)]
        case _:
            assert_never(command)


def evolve(outcome: Outcome, fact: Fact) -> Outcome:
    """The newest cycle per route is all that a later fact is judged by."""
    match fact:
        case OutcomeRecorded(route="DISPATCH", cycle=cycle):
            return replace(outcome, dispatch=replace(outcome.dispatch, concluded=cycle))
        case OutcomeRecorded(cycle=cycle):
            return replace(outcome, mediation=replace(outcome.mediation, concluded=cycle))
        case OutcomeWithdrawn(route="DISPATCH", cycle=cycle):
            return replace(outcome, dispatch=replace(outcome.dispatch, withdrawn=cycle))
        case OutcomeWithdrawn(cycle=cycle):
            return replace(outcome, mediation=replace(outcome.mediation, withdrawn=cycle))
        case _:
            assert_never(fact)
