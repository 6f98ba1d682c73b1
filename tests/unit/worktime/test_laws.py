"""Laws of working time, and a second opinion that walks the minutes one by one."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.worktime import Limit, Pause, Schedule, Span, Terms, deadline, reading
from libs.worktime.schedule import CHINA
from tests.unit.worktime.calendars import china, office

minutes = st.integers(min_value=0, max_value=7 * 365 * 1440).map(
    lambda n: datetime(2019, 1, 2, tzinfo=CHINA) + timedelta(minutes=n)
)
limits = st.one_of(
    st.integers(1, 60).map(lambda n: Limit(n, "wd")),
    st.integers(1, 80).map(lambda n: Limit(n, "wh")),
    st.integers(1, 90).map(lambda n: Limit(n, "sd")),
    st.integers(1, 500).map(lambda n: Limit(n, "min")),
)


def is_working(moment: datetime, schedule: Schedule) -> bool:
    """The oracle: the minute that begins now lies within office hours."""
    return any(s.opens <= moment.time() < s.closes for s in schedule.spans(moment.date()))


def walk(start: datetime, count: int, schedule: Schedule) -> datetime:
    """The oracle: `count` working minutes after `start`, one minute at a time."""
    while count:
        count -= is_working(start, schedule)
        start += timedelta(minutes=1)
    return start


@settings(max_examples=60)
@given(start=minutes, hours=st.integers(1, 12))
def test_working_hours_agree_with_the_minute_by_minute_oracle(start: datetime, hours: int) -> None:
    assert deadline(Terms(start, Limit(hours, "wh")), office()).due == walk(start, hours * 60, office())


@settings(max_examples=60)
@given(start=minutes, days=st.integers(1, 40))
def test_working_days_agree_with_a_day_by_day_oracle(start: datetime, days: int) -> None:
    day, left = start.date(), days
    while left:
        day += timedelta(days=1)
        left -= china().working(day)
    expected = datetime.combine(day + timedelta(days=1), time(), CHINA)
    assert deadline(Terms(start, Limit(days, "wd")), office()).due == expected


@given(a=minutes, b=minutes, c=minutes)
def test_working_time_splits_without_loss(a: datetime, b: datetime, c: datetime) -> None:
    assert office().between(a, b) + office().between(b, c) == office().between(a, c)


@given(start=minutes, seconds=st.integers(1, 10**6))
def test_advancing_and_measuring_are_inverse(start: datetime, seconds: int) -> None:
    assert office().between(start, office().advance(start, seconds)) == seconds


@given(start=minutes, limit=limits, more=st.integers(1, 30))
def test_a_longer_limit_is_never_due_earlier(start: datetime, limit: Limit, more: int) -> None:
    longer = Limit(limit.amount + more, limit.unit)
    short, long = (deadline(Terms(start, each), office()).due for each in (limit, longer))
    assert short is not None
    assert long is not None
    assert short <= long


@given(start=minutes, limit=limits, offset=st.integers(0, 5000), length=st.integers(1, 20_000))
def test_a_pause_never_shortens_and_gives_back_what_it_took(
    start: datetime, limit: Limit, offset: int, length: int
) -> None:
    plain = deadline(Terms(start, limit), office()).due
    begin = start + timedelta(minutes=offset)
    if plain is None or begin >= plain:
        return
    terms = Terms(start, limit, pauses=(Pause(begin, begin + timedelta(minutes=length)),))
    moved = deadline(terms, office()).due
    assert moved is not None
    assert moved >= plain
    assert reading(terms, office(), moved).remaining == 0


@given(start=minutes, limit=limits, offset=st.integers(0, 60_000))
def test_elapsed_and_remaining_add_up_to_the_whole(start: datetime, limit: Limit, offset: int) -> None:
    terms = Terms(start, limit)
    whole = reading(terms, office(), start)
    later = reading(terms, office(), start + timedelta(minutes=offset))
    assert later.elapsed + later.remaining >= whole.remaining
    assert later.remaining <= whole.remaining


@given(start=minutes, limit=limits)
def test_the_zone_of_the_input_changes_nothing(start: datetime, limit: Limit) -> None:
    here, there = (deadline(Terms(each, limit), office()).due for each in (start, start.astimezone(UTC)))
    assert here == there


def test_a_half_day_and_a_local_day_off_are_respected() -> None:
    local = {date(2026, 3, 3): (Span(time(8, 30), time(12)),), date(2026, 3, 4): ()}
    schedule = Schedule(china(), local=local)
    start = datetime(2026, 3, 3, 11, 0, tzinfo=CHINA)
    assert schedule.advance(start, 7200) == datetime(2026, 3, 5, 9, 30, tzinfo=CHINA)
