"""The law of the dispatch decider, over any commands in any order."""

from hypothesis import given
from hypothesis import strategies as some

from services.dispatch import commands
from services.dispatch.commands import Command
from services.dispatch.decider import Fact, allowed, dispatch, view
from tests import scenarios as case
from tests.unit import laws

people = some.sampled_from(["liaison", "builder", "dispatcher", "closer"])
units = some.sampled_from([case.HOUSING, case.WATER])
moments = some.sampled_from([case.MONDAY, case.TUESDAY, case.WEDNESDAY])
maybe = some.none() | moments
text = some.just(case.TEXT)

arrivals = some.builds(
    commands.ReceiveCase,
    origin=some.sampled_from(["INTAKE", "IMPORT"]),
    case_no=some.just("1"),
    channel=some.sampled_from(["01", "03"]),
    category=some.just("2.EVENT"),
    urgency=some.just("1"),
    org_code=some.just("640202001"),
    filed_at=moments,
)
assignments = some.builds(
    commands.Dispatch,
    lead=units,
    assists=some.lists(units, max_size=2).map(tuple),
    sign_due_at=maybe,
    return_until=maybe,
    policy_version=some.just("none"),
    by=people,
    at=moments,
) | some.builds(commands.Sign, org=units, person_in_charge=people, by=people)
returns = (
    some.builds(
        commands.RequestReturn,
        org=units,
        reason=some.just("B01"),
        legal_basis=text,
        suggested_unit=units,
        by=people,
        at=moments,
    )
    | some.builds(commands.ApproveReturn, mis_sent=some.booleans(), by=people)
    | some.builds(commands.RejectReturn, explanation=text, by=people)
)
times = (
    some.builds(
        commands.RequestExtension,
        org=units,
        limit=some.just("2wd"),
        explanation=text,
        by=people,
        at=moments,
    )
    | some.builds(commands.ApproveExtension, leader=some.booleans(), by=people)
    | some.builds(commands.RejectExtension, explanation=text, by=people)
    | some.builds(
        commands.RequestSuspension,
        org=units,
        reason=some.just("H01"),
        resume_at=moments,
        explanation=text,
        by=people,
        at=moments,
    )
    | some.builds(commands.Suspend, by=people, at=moments)
    | some.builds(commands.RejectSuspension, explanation=text, by=people)
    | some.builds(commands.Resume, by=people)
)
answers = some.builds(
    commands.SubmitFeedback,
    org=units,
    result=some.sampled_from(["O1", "O4"]),
    truth=some.booleans(),
    contacted=some.booleans(),
    contacted_at=maybe,
    no_contact_reason=some.none() | text,
    measures=text,
    attachments=some.sampled_from([(), (case.photo("AFTER"),)]),
    by=people,
    at=moments,
) | some.builds(commands.RejectFeedback, explanation=text, by=people)
endings = (
    some.builds(
        commands.CloseCase,
        outcome=some.sampled_from(["O1", "O2"]),
        check=some.sampled_from(["PASSED", "WAIVED"]),
        explanation=text,
        by=people,
        at=moments,
    )
    | some.builds(
        commands.Reopen,
        cause=some.sampled_from(["UNSATISFIED", "HOTLINE_REFUSED"]),
        explanation=text,
        by=people,
    )
    | some.builds(commands.HandToMediation, explanation=text, by=people)
    | some.builds(
        commands.RecordCallback,
        org=units,
        called_at=moments,
        result=some.sampled_from(["1", "3", "6"]),
        responded=some.none() | some.booleans(),
        solved=some.none() | some.booleans(),
        satisfaction=some.sampled_from(["0", "5"]),
        by=people,
        at=some.just(case.FRIDAY),
    )
)
hand_backs = some.builds(
    commands.HandBack,
    outcome=some.sampled_from(["RESOLVED", "UNRESOLVED"]),
    hand_over_no=some.integers(1, 3),
)
people_ask = assignments | returns | times | answers | endings
asked = some.lists(arrivals | people_ask | hand_backs, max_size=25)
histories = some.sampled_from(
    [
        (),
        case.received_case,
        case.dispatched_case,
        case.signed_case,
        case.return_open_case,
        case.returned_case,
        case.answered_case,
        case.closed_case,
        case.called_back_case,
        case.reopened_case,
        case.handed_over_case,
        case.handed_back_case,
    ]
)


@given(histories, asked)
def test_any_commands_fold_and_none_is_accepted_twice(
    history: tuple[Fact, ...], commands_asked: list[Command]
) -> None:
    state = laws.obeys(dispatch, history, commands_asked)
    assert state.requests.returns <= 2
    if state.requests.open_return is not None:
        assert view(state)["lifecycle"] in {"DISPATCHED", "HANDLING"}


@given(histories, asked, people_ask)
def test_what_the_answer_does_not_announce_is_refused(
    history: tuple[Fact, ...], commands_asked: list[Command], command: Command
) -> None:
    state = laws.obeys(dispatch, history, commands_asked)
    laws.honest(dispatch, state, command, allowed)
