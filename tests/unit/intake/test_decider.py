"""The rules of intake, as sentences (lifecycles C1, C0)."""

from dataclasses import replace

import pytest

from libs.events.contracts.intake import OutcomeRecorded, OutcomeWithdrawn
from libs.events.contracts.values import Attachment, Channel
from libs.events.errors import IllegalTransition
from libs.events.testing import Scenario
from services.intake.commands import (
    ApproveReport,
    Command,
    DeclineReport,
    FileCase,
    RecordOutcome,
    SubmitReport,
    WithdrawOutcome,
)
from services.intake.decider import Fact, Report, allowed, intake, view
from services.intake.decider.review import (
    AnonymousReporterIsNamed,
    ConfidentialityIsTheReporters,
    PhotoIsMissing,
    ReportedInTheFuture,
    ReviewerReportedIt,
)
from tests import scenarios as case

report: Scenario[Command, Report, Fact] = Scenario(intake)
new = report
waiting = report.given(*case.submitted_report)
approved = report.given(*case.approved_report)
filed = report.given(*case.filed_report)

submit = SubmitReport(
    channel="01",
    category="2.EVENT.LITTER",
    urgency="1",
    org_code="640202001",
    grid_code=case.GRID,
    subject=case.TEXT,
    description=case.TEXT,
    anonymous=False,
    confidential=False,
    wants_reply=True,
    attachments=(case.photo("BEFORE"),),
    reported_at=case.MONDAY,
    by="grid-worker",
    at=case.MONDAY,
)
approve = ApproveReport(
    category="2.EVENT.LITTER", grid_code=case.GRID, urgency="2", confidential=False, by="reviewer"
)
decline = DeclineReport(reason="D07", explanation=case.TEXT, by="reviewer")
file_it = FileCase(
    case_no="64020220260302000001", route="DISPATCH", policy_version="none", by="reviewer", at=case.MONDAY
)
record = RecordOutcome(route="DISPATCH", outcome="O1", cycle=1, concluded_at=case.WEDNESDAY)
withdraw = WithdrawOutcome(route="DISPATCH", cycle=1)
recorded = OutcomeRecorded(route="DISPATCH", outcome="O1", cycle=1, concluded_at=case.WEDNESDAY)
withdrawn = OutcomeWithdrawn(route="DISPATCH", cycle=1)


def test_a_report_with_a_photo_is_submitted() -> None:
    new.when(submit).then(case.submitted)


@pytest.mark.parametrize("channel", ["01", "02"])
@pytest.mark.parametrize("photos", [(), (case.photo("AFTER"),)])
def test_grid_workers_and_citizens_with_a_camera_bring_a_photo_of_before(
    channel: Channel, photos: tuple[Attachment, ...]
) -> None:
    new.when(replace(submit, channel=channel, attachments=photos)).then_rejected(PhotoIsMissing)


def test_a_hotline_order_needs_no_photo() -> None:
    new.when(replace(submit, channel="03", attachments=())).then(
        case.submitted.model_copy(update={"channel": "03", "attachments": ()})
    )


def test_nothing_is_reported_before_it_happens() -> None:
    new.when(replace(submit, reported_at=case.TUESDAY)).then_rejected(ReportedInTheFuture)


def test_an_anonymous_report_names_nobody() -> None:
    new.when(replace(submit, anonymous=True, reporter=case.TEXT)).then_rejected(AnonymousReporterIsNamed)


def test_a_report_is_submitted_once() -> None:
    waiting.when(submit).then_rejected(IllegalTransition)


def test_a_reviewer_approves_and_fixes_the_matter() -> None:
    waiting.when(approve).then(case.approved)


def test_nobody_approves_the_own_report() -> None:
    waiting.when(replace(approve, by="grid-worker")).then_rejected(ReviewerReportedIt)


def test_only_the_reporter_lifts_confidentiality() -> None:
    secret = report.given(case.submitted.model_copy(update={"confidential": True}))
    secret.when(approve).then_rejected(ConfidentialityIsTheReporters)
    secret.when(replace(approve, confidential=True)).then(
        case.approved.model_copy(update={"confidential": True})
    )


def test_a_reviewer_may_add_confidentiality() -> None:
    waiting.when(replace(approve, confidential=True)).then(
        case.approved.model_copy(update={"confidential": True})
    )


def test_an_approved_report_is_not_approved_again() -> None:
    approved.when(approve).then_rejected(IllegalTransition)


@pytest.mark.parametrize("before", [waiting, approved])
def test_a_report_is_declined_before_it_is_filed(before: Scenario[Command, Report, Fact]) -> None:
    before.when(decline).then(case.declined)


def test_nobody_declines_the_own_report() -> None:
    waiting.when(replace(decline, by="grid-worker")).then_rejected(ReviewerReportedIt)


def test_declining_again_for_the_same_reason_changes_nothing() -> None:
    report.given(*case.declined_report).when(decline).then_nothing()


def test_a_declined_report_keeps_its_reason() -> None:
    report.given(*case.declined_report).when(replace(decline, reason="D01")).then_rejected(IllegalTransition)


def test_a_filed_report_is_not_declined() -> None:
    filed.when(decline).then_rejected(IllegalTransition)


def test_the_case_carries_what_the_review_fixed() -> None:
    approved.when(file_it).then(case.filed)


def test_only_an_approved_report_is_filed() -> None:
    waiting.when(file_it).then_rejected(IllegalTransition)
    report.given(*case.declined_report).when(file_it).then_rejected(IllegalTransition)


def test_filing_again_changes_nothing_even_with_another_number() -> None:
    filed.when(replace(file_it, case_no="64020220260302000002")).then_nothing()


def test_a_filed_report_keeps_its_route() -> None:
    filed.when(replace(file_it, route="MEDIATION")).then_rejected(IllegalTransition)


def test_the_outcome_of_the_handling_stage_is_recorded() -> None:
    filed.when(record).then(recorded)


def test_an_outcome_heard_twice_is_recorded_once() -> None:
    filed.given(recorded).when(record).then_nothing()


def test_a_reopened_matter_withdraws_its_outcome() -> None:
    filed.given(recorded).when(withdraw).then(withdrawn)


def test_a_withdrawal_heard_twice_changes_nothing() -> None:
    filed.given(recorded, withdrawn).when(withdraw).then_nothing()


def test_an_outcome_heard_after_its_withdrawal_does_not_come_back() -> None:
    filed.given(withdrawn).when(record).then_nothing()


def test_the_next_cycle_is_recorded_again() -> None:
    second = replace(record, cycle=2)
    filed.given(recorded, withdrawn).when(second).then(recorded.model_copy(update={"cycle": 2}))


def test_the_routes_end_on_their_own() -> None:
    mediated = RecordOutcome(route="MEDIATION", outcome="RESOLVED", cycle=1, concluded_at=case.FRIDAY)
    after = filed.given(withdrawn).when(mediated)
    assert after.facts is not None
    assert view(filed.given(withdrawn, *after.facts).state)["outcome"] == "RECORDED"


@pytest.mark.parametrize("command", [record, withdraw])
@pytest.mark.parametrize("before", [new, waiting, approved])
def test_what_was_never_filed_has_no_outcome(
    before: Scenario[Command, Report, Fact], command: Command
) -> None:
    before.when(command).then_rejected(IllegalTransition)


def test_the_answer_shows_where_the_report_stands() -> None:
    assert view(waiting.state) == {"lifecycle": "SUBMITTED", "outcome": "NONE", "route": None}
    assert view(filed.given(recorded).state) == {
        "lifecycle": "FILED",
        "outcome": "RECORDED",
        "route": "DISPATCH",
    }
    assert view(filed.given(recorded, withdrawn).state)["outcome"] == "WITHDRAWN"


def test_the_answer_names_what_may_follow() -> None:
    assert allowed(waiting.state) == ["approve-report", "decline-report"]
    assert allowed(approved.state) == ["decline-report", "file-case"]
    assert allowed(filed.state) == []
