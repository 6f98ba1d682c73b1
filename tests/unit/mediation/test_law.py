"""The law of the mediation decider, over any commands in any order."""

from hypothesis import given
from hypothesis import strategies as some

from services.mediation import commands
from services.mediation.commands import Command
from services.mediation.decider import Fact, allowed, mediation
from tests import scenarios as case
from tests.unit import laws

people = some.sampled_from(["mediator", "second-mediator"])
moments = some.sampled_from([case.MONDAY, case.TUESDAY, case.WEDNESDAY])
levels = some.sampled_from(["COMMUNITY", "STREET", "DISTRICT", "CITY"])
orgs = some.sampled_from(["640202001001", "640202001"])
text = some.just(case.TEXT)
yes_or_no = some.booleans()

registrations = some.builds(
    commands.RegisterDispute,
    origin=some.sampled_from(["SCREENING", "HAND_OVER"]),
    hand_over_no=some.integers(0, 2),
    dispute_no=some.just("1"),
    channel=some.just("13"),
    category=some.just("5"),
    scale=some.sampled_from(["01", "03"]),
    people_count=some.just(2),
    party_count=some.integers(1, 3),
    level=levels,
    org_code=orgs,
    risk=some.sampled_from(["BLUE", "RED"]),
    registered_at=moments,
    by=people,
    at=moments,
)
beginnings = some.builds(
    commands.AcceptMediation,
    initiated_by=some.just("PARTY"),
    mediation_type=some.just("1"),
    committee=orgs,
    consents=some.integers(1, 3),
    party_count=some.none() | some.integers(1, 3),
    by=people,
) | some.builds(
    commands.AppointMediators,
    mediators=some.sampled_from([(), ("mediator",), ("mediator", "second-mediator")]),
    chief=people,
    chosen_by=some.just("PARTIES"),
    interests_disclosed=yes_or_no,
    by=people,
)
meetings = (
    some.builds(
        commands.HoldSession,
        mode=some.sampled_from(["ONSITE", "ONLINE"]),
        attendees=some.just(3),
        record=text,
        rights_told=yes_or_no,
        held_at=moments,
        by=people,
        at=moments,
    )
    | some.builds(
        commands.ReachAgreement,
        form=some.sampled_from(["WRITTEN", "ORAL"]),
        extent=some.just("FULL"),
        performed_at_once=yes_or_no,
        written_requested=yes_or_no,
        content=text,
        effective_at=moments,
        by=people,
        at=moments,
    )
    | some.builds(
        commands.EndUnsuccessful,
        cause=some.sampled_from(["F02", "F05"]),
        explanation=text,
        other_routes_told=yes_or_no,
        by=people,
    )
)
standstills = (
    some.builds(commands.PauseMediation, reason=some.just("APPRAISAL"), explanation=text, by=people)
    | some.builds(commands.ResumeMediation, by=people)
    | some.builds(
        commands.ExtendPeriod,
        limit=some.just("15sd"),
        consents=some.integers(1, 3),
        agreed_at=moments,
        by=people,
        at=moments,
    )
)
courts = some.builds(
    commands.ApplyConfirmation,
    court=some.just("640202-court"),
    joint=yes_or_no,
    concerns_identity=yes_or_no,
    applied_at=moments,
    by=people,
    at=moments,
) | some.builds(
    commands.RecordConfirmation,
    result=some.sampled_from(["GRANTED", "REFUSED", "WITHDRAWN"]),
    concluded_at=moments,
    by=people,
    at=moments,
)
ends = some.builds(
    commands.EscalateDispute, to_level=levels, to_org=orgs, explanation=text, by=people
) | some.builds(
    commands.CloseDispute,
    outcome=some.sampled_from(["RESOLVED", "UNRESOLVED", "OTHER_ROUTE"]),
    explanation=text,
    by=people,
    at=moments,
)
people_ask = beginnings | meetings | standstills | courts | ends
asked = some.lists(registrations | people_ask, max_size=25)
histories = some.sampled_from(
    [
        (),
        case.registered_dispute,
        case.accepted_dispute,
        case.assigned_dispute,
        case.mediated_dispute,
        case.agreed_dispute,
        case.failed_dispute,
        case.resolved_dispute,
        case.unresolved_dispute,
    ]
)


@given(histories, asked)
def test_any_commands_fold_and_none_is_accepted_twice(
    history: tuple[Fact, ...], commands_asked: list[Command]
) -> None:
    laws.obeys(mediation, history, commands_asked)


@given(histories, asked, people_ask)
def test_what_the_answer_does_not_announce_is_refused(
    history: tuple[Fact, ...], commands_asked: list[Command], command: Command
) -> None:
    state = laws.obeys(mediation, history, commands_asked)
    laws.honest(mediation, state, command, allowed)
