"""A matter as a test tells it: commands at their times, and what its clocks read afterwards."""

from datetime import datetime, timedelta
from typing import Any

from libs.events.contracts import Event
from libs.events.contracts.values import SlaClock
from libs.events.decider import Decider
from libs.events.timing import Moment, Tick
from libs.events.timing.deciding import decided
from libs.reference import Library
from libs.worktime.schedule import CHINA
from services.dispatch import commands as ask
from services.dispatch.decider import dispatch
from services.intake.decider import intake
from tests import scenarios as case

Decides = Decider[Any, Any, Any]


def at(text: str) -> datetime:
    """`03-02 10:00` in China, in 2026 unless a year stands before it."""
    year = "" if len(text) > len("03-02 10:00") else "2026-"
    return datetime.fromisoformat(f"{year}{text}").replace(tzinfo=CHINA)


class Story:
    """One matter of one stage. Every decision goes the way that a command goes."""

    def __init__(self, decider: Decides, library: Library, *history: Event) -> None:
        self.decider, self.library = decider, library
        self.state: Any = decider.initial
        for fact in history:
            self.state = decider.evolve(self.state, fact)
        self.facts: list[Any] = []
        self.ruled: tuple[str | None, str | None] = (None, None)

    def asks(self, command: object, moment: datetime) -> list[Any]:
        """The facts of one command; the state moves on with them."""
        decision = decided(self.decider, command, self.state, Moment(moment, self.library))
        self.state, self.ruled = decision.state, (decision.policy_version, decision.calendar_version)
        self.facts += decision.facts
        return [*decision.facts]

    def ticks(self, clock: str, moment: datetime) -> list[str]:
        """What a tick of the timers leads to, by name."""
        return names(self.asks(Tick(clock), moment))

    def clock(self, name: str) -> SlaClock:
        found: SlaClock = self.state.clocks[name]
        return found

    @property
    def clocks(self) -> dict[str, str]:
        """The state of every clock, by name."""
        return {name: clock.state for name, clock in self.state.clocks.items()}


def names(facts: list[Event]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


def received(library: Library, **fields: Any) -> Story:
    """A case that waits to be dispatched; urgency 1, and no category with a limit of its own."""
    fact = case.received.model_copy(update={"category": "2.OTHER", "urgency": "1", **fields})
    return Story(dispatch, library, fact)


def dispatched(library: Library, moment: datetime, **fields: Any) -> Story:
    """The same, dispatched to a unit."""
    story = received(library, **fields)
    story.asks(send(moment), moment)
    return story


def reported(library: Library) -> Story:
    """A report that nobody has heard of yet."""
    return Story(intake, library)


def send(moment: datetime, **stated: Any) -> ask.Dispatch:
    return ask.Dispatch(lead=case.HOUSING, by="dispatcher", at=moment, **stated)


SIGN = ask.Sign(org=case.HOUSING, person_in_charge="builder", by="liaison")
REJECT = ask.RejectFeedback(explanation=case.TEXT, by="closer")
REOPEN = ask.Reopen(cause="UNSATISFIED", explanation=case.TEXT, by="supervisor")
HAND_OVER = ask.HandToMediation(explanation=case.TEXT, by="dispatcher")


APPROVE_EXTENSION = ask.ApproveExtension(leader=True, by="leader")
RESUME = ask.Resume(by="dispatcher")


def ask_extension(moment: datetime) -> ask.RequestExtension:
    return ask.RequestExtension(org=case.HOUSING, limit="2wd", explanation=case.TEXT, by="liaison", at=moment)


def ask_suspension(moment: datetime) -> ask.RequestSuspension:
    """A pause of three days."""
    return ask.RequestSuspension(
        org=case.HOUSING,
        reason="H01",
        resume_at=moment + timedelta(days=3),
        explanation=case.TEXT,
        by="liaison",
        at=moment,
    )


def suspend(moment: datetime) -> ask.Suspend:
    return ask.Suspend(by="dispatcher", at=moment)


def answer(moment: datetime) -> ask.SubmitFeedback:
    return ask.SubmitFeedback(
        org=case.HOUSING,
        result="O1",
        truth=True,
        contacted=True,
        contacted_at=moment - timedelta(minutes=1),
        measures=case.TEXT,
        attachments=(case.photo("AFTER"),),
        by="liaison",
        at=moment,
    )


def close(moment: datetime) -> ask.CloseCase:
    return ask.CloseCase(outcome="O1", check="PASSED", explanation=case.TEXT, by="closer", at=moment)
