"""Every rule of intake. A report has three regions: review, outcome, waiting for dispatch; and its clocks."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from libs.events.carrier import carrier
from libs.events.contracts import intake as facts
from libs.events.decider import Decider
from libs.events.errors import IllegalTransition
from libs.events.timing import Clocks, Subject, Timing, heard
from services.intake import commands
from services.intake.commands import Command
from services.intake.decider import clocks, dispatching, outcome, review

Fact = review.Fact | outcome.Fact | dispatching.Fact | clocks.Fact


@carrier
@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as a decision reads it: one record per region, and the newest reading of its clocks."""

    review: review.Review
    outcome: outcome.Outcome
    dispatching: dispatching.Dispatching
    clocks: Clocks = field(default_factory=dict)


def decide(command: Command, report: Report) -> list[Fact]:
    """Which region decides which command, and what one region forbids another."""
    match command:
        case (
            commands.SubmitReport()
            | commands.ApproveReport()
            | commands.DeclineReport()
            | commands.FileCase()
        ):
            return [*review.decide(command, report.review)]
        case commands.RecordOutcome() | commands.WithdrawOutcome():
            if report.review.status != "FILED":
                raise IllegalTransition
            return [*outcome.decide(command, report.outcome)]
        case commands.NoteDispatch() | commands.AwaitDispatch():
            return [*dispatching.decide(command, report.dispatching)]
        case _:
            assert_never(command)


def evolve(report: Report, fact: Fact) -> Report:
    """Which region hears which fact; the clocks hear all."""
    moved, read = _regions(report, fact), heard(report.clocks, fact)
    return moved if read is report.clocks else replace(moved, clocks=read)


def _regions(report: Report, fact: Fact) -> Report:
    match fact:
        case facts.ReportSubmitted() | facts.ReportApproved() | facts.ReportDeclined():
            moved = review.evolve(report.review, fact)
            return Report(moved, report.outcome, report.dispatching, report.clocks)
        case facts.CaseFiled():
            return replace(
                report,
                review=review.evolve(report.review, fact),
                dispatching=dispatching.evolve(report.dispatching, fact),
            )
        case facts.OutcomeRecorded() | facts.OutcomeWithdrawn():
            return replace(report, outcome=outcome.evolve(report.outcome, fact))
        case facts.DispatchNoted() | facts.DispatchAwaited():
            return replace(report, dispatching=dispatching.evolve(report.dispatching, fact))
        case facts.SlaWarned() | facts.SlaBreached() | facts.DeadlineRecalculated():
            return report
        case _:
            assert_never(fact)


def view(report: Report) -> dict[str, str | None]:
    """The regions of a report as every answer shows them."""
    seen = report.review
    return {"lifecycle": seen.status, "outcome": report.outcome.status, "route": seen.route}


def allowed(report: Report) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    return list(review.POSSIBLE[report.review.status])


def subject(report: Report) -> Subject:
    """What the limits of a report depend on; the street or centre that received it holds it."""
    seen = report.review
    return Subject(seen.category, seen.urgency, seen.org_code or None, seen.policy_version)


timing = Timing(
    clocks=lambda report: report.clocks,
    moves=clocks.MOVES,
    subject=subject,
    warned=facts.SlaWarned,
    breached=facts.SlaBreached,
    recalculated=facts.DeadlineRecalculated,
    pins=clocks.PINS,
)
intake = Decider(
    decide=decide,
    evolve=evolve,
    initial=Report(review.Review(), outcome.Outcome(), dispatching.Dispatching()),
    timing=timing,
)
