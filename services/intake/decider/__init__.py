"""Every rule of intake. A report has two regions: its review, and the outcome of what was filed."""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts.intake import (
    CaseFiled,
    OutcomeRecorded,
    OutcomeWithdrawn,
    ReportApproved,
    ReportDeclined,
    ReportSubmitted,
)
from libs.events.decider import Decider
from libs.events.errors import IllegalTransition
from services.intake.commands import (
    ApproveReport,
    Command,
    DeclineReport,
    FileCase,
    RecordOutcome,
    SubmitReport,
    WithdrawOutcome,
)
from services.intake.decider import outcome, review

Fact = review.Fact | outcome.Fact


@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as a decision reads it: one record per region."""

    review: review.Review
    outcome: outcome.Outcome


def decide(command: Command, report: Report) -> list[Fact]:
    """Which region decides which command, and what one region forbids another."""
    match command:
        case SubmitReport() | ApproveReport() | DeclineReport() | FileCase():
            return [*review.decide(command, report.review)]
        case RecordOutcome() | WithdrawOutcome():
            if report.review.status != "FILED":
                raise IllegalTransition
            return [*outcome.decide(command, report.outcome)]
        case _:
            assert_never(command)


def evolve(report: Report, fact: Fact) -> Report:
    """Which region hears which fact."""
    match fact:
        case ReportSubmitted() | ReportApproved() | ReportDeclined() | CaseFiled():
            return replace(report, review=review.evolve(report.review, fact))
        case OutcomeRecorded() | OutcomeWithdrawn():
            return replace(report, outcome=outcome.evolve(report.outcome, fact))
        case _:
            assert_never(fact)


def view(report: Report) -> dict[str, str | None]:
    """The regions of a report as every answer shows them."""
    seen = report.review
    return {"lifecycle": seen.status, "outcome": report.outcome.status, "route": seen.route}


def allowed(report: Report) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    return list(review.POSSIBLE[report.review.status])


intake = Decider(decide=decide, evolve=evolve, initial=Report(review.Review(), outcome.Outcome()))
