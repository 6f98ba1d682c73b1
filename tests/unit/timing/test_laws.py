"""Laws of the clocks, over any times and any order of what happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as some

from libs.events.contracts import Event
from libs.events.contracts.values import SlaClock
from libs.events.errors import Rejected
from libs.events.timing import Recalculate, Tick, clockwork
from libs.events.timing.clockwork import Laws, Opening, terms_of
from libs.reference import Library
from libs.worktime import Limit, Schedule, reading
from libs.worktime.schedule import CHINA
from tests.unit.timing.editions import REVISED, revised, usual
from tests.unit.timing.story import (
    APPROVE_EXTENSION,
    REJECT,
    REOPEN,
    RESUME,
    SIGN,
    Story,
    answer,
    ask_extension,
    ask_suspension,
    close,
    received,
    send,
    suspend,
)

NEW_YEAR = datetime(2026, 1, 5, tzinfo=CHINA)
moments = some.integers(0, 360 * 1440).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes))
working = some.integers(1, 30).map(lambda n: Limit(n, "wd")) | some.integers(1, 60).map(
    lambda n: Limit(n, "wh")
)
limits = (
    working
    | some.integers(1, 60).map(lambda n: Limit(n, "sd"))
    | some.integers(1, 20).map(lambda n: Limit(n, "d"))
    | some.integers(5, 3000).map(lambda n: Limit(n, "min"))
)
lengths = some.integers(1, 20_000).map(lambda minutes: timedelta(minutes=minutes))


@cache
def library() -> Library:
    return revised(usual())


@cache
def laws(version: str = "640202-2026.1") -> Laws:
    edition = library().edition(version)
    return Laws(edition.schedule(None, NEW_YEAR.date()), edition.calendar_version, edition.amber)


def office() -> Schedule:
    return laws().schedule


def running(start: datetime, limit: Limit) -> SlaClock:
    return clockwork.start(Opening("HANDLE", start, limit, None, None, "640202-2026.1"), laws())


def due(clock: SlaClock) -> datetime:
    assert clock.due_at is not None
    return clock.due_at


def paused(clock: SlaClock, start: datetime, end: datetime) -> SlaClock:
    return clockwork.resume(clockwork.pause(clock, start), end, laws())


@given(moments, working, lengths, some.integers(0, 20_000))
def test_a_pause_without_working_time_changes_no_working_deadline(
    start: datetime, limit: Limit, length: timedelta, offset: int
) -> None:
    clock = running(start, limit)
    begin = start + timedelta(minutes=offset)
    end = begin + length
    assume(begin < due(clock) and office().position(begin) == office().position(end))
    assert due(paused(clock, begin, end)) == due(clock)


@given(moments, some.integers(1, 60).map(lambda n: Limit(n, "wh")), lengths, some.integers(0, 20_000))
def test_a_pause_gives_back_exactly_the_working_time_it_covered(
    start: datetime, limit: Limit, length: timedelta, offset: int
) -> None:
    clock, begin = running(start, limit), start + timedelta(minutes=offset)
    assume(begin < due(clock))
    moved = due(paused(clock, begin, begin + length))
    covered = office().between(begin, begin + length)
    assert office().between(due(clock), moved) == covered


@given(moments, limits, lengths, some.integers(0, 20_000), some.integers(0, 19_999))
def test_one_pause_is_as_long_as_its_two_halves(
    start: datetime, limit: Limit, length: timedelta, offset: int, cut: int
) -> None:
    assume(limit.unit in {"wh", "min", "d"})
    clock, begin = running(start, limit), start + timedelta(minutes=offset)
    middle, end = begin + min(length, timedelta(minutes=cut)), begin + length
    assume(begin < due(clock))
    assert due(paused(paused(clock, begin, middle), middle, end)) == due(paused(clock, begin, end))


@given(moments, limits, moments, moments)
def test_stop_is_final(start: datetime, limit: Limit, end: datetime, later: datetime) -> None:
    stopped = clockwork.stop(running(start, limit), end)
    assert stopped.stopped_at == max(start, end)
    assert clockwork.stop(stopped, later) is stopped
    assert clockwork.pause(stopped, later) is stopped
    assert clockwork.resume(stopped, later, laws()) is stopped
    assert clockwork.extend(stopped, "5wd", laws()) is stopped


@given(moments, limits, moments)
def test_recalculating_twice_is_recalculating_once(start: datetime, limit: Limit, pause: datetime) -> None:
    clock = running(start, limit)
    if start <= pause < due(clock):
        clock = paused(clock, pause, pause + timedelta(hours=30))
    once = clockwork.recalculate(clock, laws(REVISED))
    assert clockwork.recalculate(once, laws(REVISED)) == once
    assert clockwork.recalculate(once, laws()) == clock


@given(moments, limits, some.integers(1, 5).map(lambda n: f"{n}wd"))
def test_an_extension_never_shortens_and_says_so(start: datetime, limit: Limit, more: str) -> None:
    clock = running(start, limit)
    longer = clockwork.extend(clock, more, laws())
    assert longer.extensions == (more,)
    assert due(longer) > due(clock)


@given(moments, limits, lengths, some.integers(0, 20_000))
def test_amber_comes_at_the_instant_that_the_reading_turns(
    start: datetime, limit: Limit, length: timedelta, offset: int
) -> None:
    clock, begin = running(start, limit), start + timedelta(minutes=offset)
    if begin < due(clock):
        clock = paused(clock, begin, begin + length)
    warn, terms = clock.warn_at, terms_of(clock)
    assert warn is not None
    assert start <= warn <= due(clock)
    states = {reading(terms, office(), warn + timedelta(seconds=shift)).state for shift in (0, 1)}
    assert states <= {"AMBER", "PAUSED", "BREACHED"}
    assert reading(terms, office(), max(start, warn - timedelta(seconds=1))).state in {"RUNNING", "PAUSED"}


STEPS = (
    send,
    lambda _: SIGN,
    answer,
    lambda _: REJECT,
    close,
    lambda _: REOPEN,
    ask_extension,
    lambda _: APPROVE_EXTENSION,
    ask_suspension,
    suspend,
    lambda _: RESUME,
)
USUAL_COURSE = (0, 1, 6, 7, 8, 9, 10, 2, 3, 8, 9, 2, 4, 5, 1, 2, 4)
"""An index of a step each: what makes sense in this order, with everything in it."""
waits = some.integers(1, 5 * 1440).map(lambda minutes: timedelta(minutes=minutes))
happenings = some.lists(some.tuples(some.integers(0, len(STEPS) - 1), waits), max_size=17) | some.lists(
    waits, min_size=len(USUAL_COURSE), max_size=len(USUAL_COURSE)
).map(lambda times: list(zip(USUAL_COURSE, times, strict=True)))
looks = some.lists(some.sampled_from(["SIGN", "HANDLE", "CHECK", "CALLBACK"]), min_size=17, max_size=17)


def told(steps: Sequence[tuple[int, timedelta]], ticked: Sequence[str | None]) -> Story:
    """The steps at their times; between two of them the timers look at a clock, or do not."""
    story = received(usual())
    moment = NEW_YEAR
    for (step, wait), look in zip(steps, ticked, strict=False):
        if look is not None:
            story.asks(Tick(look), moment + wait / 2)
        moment += wait
        try:
            story.asks(STEPS[step](moment), moment)
        except Rejected:
            continue
    return story


def said(facts: Sequence[Event]) -> list[tuple[str, str, datetime]]:
    about = [fact.__dict__ for fact in facts if type(fact).__name__ in {"SlaWarned", "SlaBreached"}]
    kinds = [type(fact).__name__ for fact in facts if type(fact).__name__ in {"SlaWarned", "SlaBreached"}]
    return [(kind, it["clock"], it["due_at"]) for kind, it in zip(kinds, about, strict=True)]


@settings(max_examples=80)
@given(happenings)
def test_every_start_of_a_clock_warns_at_most_once_and_then_breaches_at_most_once(
    steps: list[tuple[int, timedelta]],
) -> None:
    story = told(steps, [None] * len(steps))
    end = NEW_YEAR + timedelta(days=200)
    for name in (*story.clocks, *story.clocks):
        story.asks(Tick(name), end)
    words = said(story.facts)
    for clock in {clock for _, clock, _ in words}:
        mine = [kind for kind, name, _ in words if name == clock]
        assert all(pair != ("SlaBreached", "SlaBreached") for pair in pairwise(mine))
        assert mine.count("SlaBreached") <= mine.count("SlaWarned")
    for name, clock in story.state.clocks.items():
        overdue = clock.state == "RUNNING" and clock.due_at is not None and clock.due_at <= end
        assert not overdue or clock.breached, name


@settings(max_examples=80)
@given(happenings, looks)
def test_breaches_do_not_depend_on_how_punctual_the_timers_are(
    steps: list[tuple[int, timedelta]], looked: list[str]
) -> None:
    never, often = told(steps, [None] * len(steps)), told(steps, looked)
    for story in (never, often):
        for name in story.clocks:
            story.asks(Tick(name), NEW_YEAR + timedelta(days=200))
    assert sorted(said(never.facts)) == sorted(said(often.facts))
    assert never.state.clocks == often.state.clocks


@settings(max_examples=60)
@given(happenings, some.integers(0, 300))
def test_the_second_recalculation_of_any_case_says_nothing(
    steps: list[tuple[int, timedelta]], days: int
) -> None:
    story, moment = told(steps, [None] * len(steps)), NEW_YEAR + timedelta(days=days)
    story.library = library()
    first = story.asks(Recalculate(REVISED), moment)
    assert len([fact for fact in first if type(fact).__name__ == "DeadlineRecalculated"]) <= 1
    assert story.asks(Recalculate(REVISED), moment) == []
    assert story.asks(Recalculate(REVISED), moment + timedelta(days=1)) == []
