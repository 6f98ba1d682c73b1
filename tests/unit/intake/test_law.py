"""The law of the intake decider, over any commands in any order."""

from hypothesis import given
from hypothesis import strategies as some

from services.intake import commands
from services.intake.commands import Command
from services.intake.decider import Fact, allowed, intake
from tests import scenarios as case
from tests.unit import laws

people = some.sampled_from(["grid-worker", "reviewer"])
moments = some.sampled_from([case.MONDAY, case.TUESDAY])
photos = some.sampled_from([(), (case.photo("BEFORE"),), (case.photo("AFTER"),)])
routes = some.sampled_from(["DISPATCH", "MEDIATION"])
cycles = some.integers(1, 3)
text = some.just(case.TEXT)
matter = {
    "category": some.just("2.EVENT"),
    "urgency": some.sampled_from("123"),
    "grid_code": some.just(case.GRID),
}

submissions = some.builds(
    commands.SubmitReport,
    **matter,
    channel=some.sampled_from(["01", "02", "03"]),
    org_code=some.just("640202001"),
    subject=text,
    description=text,
    reporter=some.none() | text,
    anonymous=some.booleans(),
    confidential=some.booleans(),
    wants_reply=some.booleans(),
    attachments=photos,
    reported_at=moments,
    by=people,
    at=moments,
)
reviews = (
    some.builds(commands.ApproveReport, **matter, confidential=some.booleans(), by=people)
    | some.builds(
        commands.DeclineReport, reason=some.sampled_from(["D01", "D08"]), explanation=text, by=people
    )
    | some.builds(
        commands.FileCase,
        case_no=some.just("1"),
        route=routes,
        policy_version=some.just("none"),
        by=people,
        at=moments,
    )
)
reactions = some.builds(
    commands.RecordOutcome, route=routes, outcome=some.just("O1"), cycle=cycles, concluded_at=moments
) | some.builds(commands.WithdrawOutcome, route=routes, cycle=cycles)
waits = some.builds(commands.NoteDispatch, assignment_no=some.none() | cycles) | some.builds(
    commands.AwaitDispatch
)
asked = some.lists(submissions | reviews | reactions | waits, max_size=20)
histories = some.sampled_from(
    [(), case.submitted_report, case.approved_report, case.declined_report, case.filed_report]
)


@given(histories, asked)
def test_any_commands_fold_and_none_is_accepted_twice(
    history: tuple[Fact, ...], commands_asked: list[Command]
) -> None:
    laws.obeys(intake, history, commands_asked)


@given(histories, asked, reviews)
def test_what_the_answer_does_not_announce_is_refused(
    history: tuple[Fact, ...], commands_asked: list[Command], command: Command
) -> None:
    state = laws.obeys(intake, history, commands_asked)
    laws.honest(intake, state, command, allowed)


@given(some.permutations([("close", 1), ("reopen", 1), ("close", 2)]))
def test_outcomes_heard_in_any_order_end_alike(heard: list[tuple[str, int]]) -> None:
    state = laws.obeys(intake, case.filed_report, [reaction(*word) for word in heard])
    assert state.outcome.status == "RECORDED"


def reaction(word: str, cycle: int) -> Command:
    """What the policy asks when the stage closes, or reopens, for this cycle."""
    if word == "reopen":
        return commands.WithdrawOutcome(route="DISPATCH", cycle=cycle)
    return commands.RecordOutcome(route="DISPATCH", outcome="O1", cycle=cycle, concluded_at=case.FRIDAY)
