"""Time speaks once, through restarts, replicas, jumps of the clock and matters that cannot be decided."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

import pytest

from libs.events.envelope import Envelope
from libs.events.errors import BihuanError, ConcurrencyConflict, Undecodable
from libs.events.memory import MemoryStore, MemoryTransaction
from libs.events.recording import Origin
from libs.events.store import Pressure
from libs.events.timers import LARGEST, Timers
from services.dispatch.decider import dispatch
from tests.unit.timing.editions import usual
from tests.unit.timing.open_cases import (
    HANDLE_ENDS,
    HANDLE_WARNS,
    OPENED,
    SECOND,
    SIGN_ENDS,
    SIGN_WARNS,
    Hands,
    command,
    open_cases,
    said,
)
from tests.unit.timing.story import SIGN
from tests.waiting import until

ALL = ["SlaWarned SIGN", "SlaBreached SIGN", "SlaWarned HANDLE", "SlaBreached HANDLE"]
LIBRARY = usual()


def timers(store: MemoryStore, hands: Hands, late: list[float] | None = None) -> Timers:
    return Timers(store, dispatch, LIBRARY, hands, (late if late is not None else []).append)


def fresh(hands: Hands | None = None) -> MemoryStore:
    return MemoryStore(Origin("/bihuan/test/dispatch", "case.dispatch"), clock=hands or Hands())


async def catch_up(ticking: Timers, hands: Hands) -> int:
    """Tick until nothing is due any more; how many clocks were looked at."""
    looked = 0
    while found := await ticking.tick(hands.now):
        looked += found
    return looked


async def test_a_clock_warns_and_breaches_once_each_at_its_time() -> None:
    hands, store = Hands(), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    ticking = timers(store, hands)
    for moment, expected in (
        (SIGN_WARNS - SECOND, 0),
        (SIGN_WARNS, 1),
        (SIGN_ENDS - SECOND, 1),
        (SIGN_ENDS, 2),
        (HANDLE_WARNS, 3),
        (HANDLE_ENDS, 4),
        (HANDLE_ENDS + timedelta(days=900), 4),
    ):
        hands.now = moment
        await catch_up(ticking, hands)
        assert await said(store, case) == ALL[:expected]
    assert await store.next_due() is None


async def test_what_time_says_keeps_the_chain_and_the_place_of_its_matter() -> None:
    hands, store = Hands(SIGN_WARNS), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    await catch_up(timers(store, hands), hands)
    *_, dispatched, warned = await store.read(case)
    assert (warned.cause.actor.user, warned.cause.actor.role) == ("system", "SYS")
    assert warned.cause.at == SIGN_WARNS
    assert warned.cause.correlation_id == dispatched.cause.correlation_id
    assert warned.cause.jurisdiction == dispatched.cause.jurisdiction == "640202"
    assert warned.cause.policy_version == LIBRARY.editions()[0].version


async def test_the_lateness_is_told_in_real_seconds() -> None:
    hands, store, late = Hands(SIGN_WARNS + timedelta(seconds=90)), fresh(), list[float]()
    await open_cases(store, LIBRARY, ["a"])
    await catch_up(timers(store, hands, late), hands)
    assert late == [90.0]


async def test_a_clock_that_was_stopped_says_nothing_any_more() -> None:
    hands, store = Hands(), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    await command(store, LIBRARY, case, SIGN, OPENED + timedelta(hours=1))
    hands.now = HANDLE_ENDS + timedelta(days=9)
    await catch_up(timers(store, hands), hands)
    assert await said(store, case) == ["SlaWarned HANDLE", "SlaBreached HANDLE"]


async def test_two_replicas_and_a_restart_say_everything_once() -> None:
    hands, store = Hands(HANDLE_ENDS), fresh()
    cases = await open_cases(store, LIBRARY, range(3 * LARGEST))
    first, second = timers(store, hands), timers(store, hands)
    await asyncio.gather(*(replica.tick(hands.now) for replica in (first, second, first, second)))
    third = timers(store, hands)  # one of them is gone, and its successor finds what is left
    await asyncio.gather(catch_up(third, hands), catch_up(second, hands))
    assert [sorted(await said(store, case)) for case in cases] == [sorted(ALL)] * len(cases)


# The clock jumps (F14)


async def test_after_a_jump_forward_everything_is_said_in_its_order() -> None:
    hands, store = Hands(), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    ticking = timers(store, hands)
    hands.now = HANDLE_ENDS + timedelta(days=365)
    await catch_up(ticking, hands)
    told = await said(store, case)
    assert sorted(told) == sorted(ALL)
    for clock in ("SIGN", "HANDLE"):
        assert told.index(f"SlaWarned {clock}") < told.index(f"SlaBreached {clock}")


async def test_after_a_jump_back_nothing_is_said_again_and_nothing_too_early() -> None:
    hands, store = Hands(SIGN_WARNS), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    ticking = timers(store, hands)
    await catch_up(ticking, hands)
    hands.now = OPENED - timedelta(days=40)
    assert await catch_up(ticking, hands) == 0
    hands.now = SIGN_ENDS - SECOND
    assert await catch_up(ticking, hands) == 0
    hands.now = SIGN_ENDS
    await catch_up(ticking, hands)
    assert await said(store, case) == ALL[:2]


async def test_a_clock_that_runs_over_the_year_end_is_said_in_the_new_year() -> None:
    opened = OPENED.replace(month=12, day=30)
    hands, store = Hands(opened), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"], opened)
    due = await store.next_due()
    assert due is not None
    hands.now = opened.replace(year=2027, month=1, day=31)
    await catch_up(timers(store, hands), hands)
    assert sorted(await said(store, case)) == sorted(ALL)


# Matters that cannot be decided


class Broken(MemoryStore):
    """A store in which some streams cannot be read, and some are always moved by somebody faster."""

    def __init__(self, unreadable: Sequence[str] = (), hurried: Sequence[str] = ()) -> None:
        super().__init__(Origin("/bihuan/test/dispatch", "case.dispatch"), clock=Hands())
        self.unreadable, self.hurried = set(unreadable), set(hurried)
        self.rivals = count()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryTransaction]:
        async with super().begin() as tx:
            touched: set[str] = set()
            yield Watched(tx, self.unreadable, touched)
            if touched & self.hurried and next(self.rivals) < 6:
                raise ConcurrencyConflict("a command was faster")


class Watched(MemoryTransaction):
    def __init__(self, tx: MemoryTransaction, unreadable: set[str], touched: set[str]) -> None:
        self.__dict__ = tx.__dict__
        self.unreadable, self.touched = unreadable, touched

    async def prefetch(self, streams: Sequence[str]) -> None:
        self.touched |= set(streams)
        if self.unreadable & set(streams):
            raise Undecodable("json")

    async def read(self, stream: str) -> list[Envelope]:
        if stream in self.unreadable:
            raise Undecodable("json")
        return await super().read(stream)


async def test_a_poisoned_matter_is_postponed_longer_each_time_and_delays_no_other() -> None:
    hands, store = Hands(HANDLE_ENDS), Broken()
    cases = await open_cases(store, LIBRARY, range(8))
    poisoned = cases[3]
    store.unreadable = {poisoned}
    ticking = timers(store, hands)
    await catch_up(ticking, hands)
    for case in cases:
        assert sorted(await said(store, case)) == ([] if case == poisoned else sorted(ALL))
    assert await store.pressure(hands.now) == Pressure(due=0, postponed=2)
    first = await store.next_due()
    assert first == HANDLE_ENDS + timedelta(seconds=5)
    hands.now = first + SECOND
    await catch_up(ticking, hands)
    again = await store.next_due()
    assert again == hands.now + timedelta(seconds=10)
    store.unreadable = set()
    hands.now = again + timedelta(seconds=1)
    await catch_up(ticking, hands)
    assert sorted(await said(store, poisoned)) == sorted(ALL)
    assert await store.pressure(hands.now) == Pressure()


async def test_a_row_that_has_nothing_to_say_is_postponed_and_seen() -> None:
    hands, store = Hands(SIGN_WARNS), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    async with store.begin() as tx:
        await tx.postpone(case, "HANDLE", OPENED)  # as a restored, older row would stand
    await catch_up(timers(store, hands), hands)
    assert await said(store, case) == ["SlaWarned SIGN"]
    assert await store.pressure(hands.now) == Pressure(due=0, postponed=1)


async def test_who_loses_against_a_command_tries_again_and_says_it_once() -> None:
    hands, store = Hands(SIGN_WARNS), Broken()
    cases = await open_cases(store, LIBRARY, range(5))
    store.hurried = {cases[2]}
    await catch_up(timers(store, hands), hands)
    assert [await said(store, case) for case in cases] == [["SlaWarned SIGN"]] * 5
    assert (await store.pressure(hands.now)).postponed == 0


async def test_a_failure_that_names_no_clock_is_raised_and_not_swallowed() -> None:
    class Dead(MemoryStore):
        @asynccontextmanager
        async def begin(self) -> AsyncIterator[MemoryTransaction]:
            if self.leader is None:
                raise BihuanError("no transaction")
            async with super().begin() as tx:
                yield tx

    with pytest.raises(BihuanError, match="no transaction"):
        await timers(Dead(), Hands()).tick(OPENED)


# Sleeping and waking


async def test_the_loop_ticks_what_comes_due_and_what_a_commit_brings_and_ends_when_asked() -> None:
    hands, store = Hands(SIGN_WARNS), fresh()
    ticking = timers(store, hands)
    store.on_due = ticking.due_at
    going = asyncio.create_task(ticking.run())
    (case,) = await open_cases(store, LIBRARY, ["a"])

    async def warned() -> bool:
        return await said(store, case) == ["SlaWarned SIGN"]

    await until(warned, 5)
    hands.now = SIGN_ENDS

    async def breached() -> bool:
        return await said(store, case) == ALL[:2]

    await until(breached, 5)
    ticking.stop()
    await asyncio.wait_for(going, 5)


async def test_a_commanded_stop_and_a_late_breach_do_not_say_it_twice() -> None:
    hands, store = Hands(SIGN_ENDS + SECOND), fresh()
    (case,) = await open_cases(store, LIBRARY, ["a"])
    await command(store, LIBRARY, case, SIGN, hands.now)  # says the missed deadline itself
    await catch_up(timers(store, hands), hands)
    assert await said(store, case) == ALL[:2]
