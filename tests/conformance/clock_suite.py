"""What every store promises about the due list of the clocks. A subclass gives the fixture `store`."""

from datetime import datetime, timedelta

import pytest

from libs.events.contracts.reference import RowsPublished
from libs.events.errors import BihuanError, ConcurrencyConflict
from libs.events.store import Append, DueClock, Pressure
from tests.conformance.samples import NOON, cause, key_of, matter, offers, stream, ticking, timed
from tests.conformance.store_suite import Store, outcome_of, waiting_rows

WARN, DUE = NOON + timedelta(days=21), NOON + timedelta(days=30)
LATER = DUE + timedelta(days=1)


class ClockSuite:
    # The due list follows from the facts

    async def test_a_store_without_clocks_has_nothing_due(self, store: Store) -> None:
        await store.append([offers("a")])
        assert await store.next_due() is None
        assert await due(store, LATER) == []

    async def test_a_running_clock_asks_at_amber_then_at_its_end_then_no_more(self, store: Store) -> None:
        await store.append([timed("a", ticking())])
        assert await store.next_due() == WARN
        await store.append([timed("a", ticking(warned=True), expected=1)])
        assert await store.next_due() == DUE
        await store.append([timed("a", ticking(warned=True, breached=True), expected=2)])
        assert await store.next_due() is None

    async def test_a_paused_a_stopped_and_an_unlimited_clock_ask_for_nothing(self, store: Store) -> None:
        await store.append([timed("a", ticking(state="PAUSED"))])
        await store.append([timed("b", ticking()), timed("b", ticking(state="STOPPED"), expected=1)])
        await store.append([timed("c", ticking(warn_at=None, due_at=None, limit=None))])
        assert await store.next_due() is None
        async with store.begin() as tx:
            assert await tx.outdated("c1", "", 10) == [stream("a")]

    async def test_the_newest_reading_counts_also_within_one_append(self, store: Store) -> None:
        moved = ticking(due_at=DUE + timedelta(days=7), warn_at=WARN + timedelta(days=7))
        await store.append([timed("a", ticking()), timed("a", moved, expected=1)])
        async with store.begin() as tx:
            await tx.append([timed("b", moved)])
            await tx.append([timed("b", ticking(), expected=1)])
        assert [it.due for it in await due(store, LATER)] == [WARN, WARN + timedelta(days=7)]

    async def test_an_append_that_fails_moves_no_clock(self, store: Store) -> None:
        await store.append([timed("a", ticking())], None, [key_of("a")])
        stopped = timed("a", ticking(state="STOPPED"), expected=7)
        assert await outcome_of([stopped], store) is ConcurrencyConflict
        assert await outcome_of([timed("b", ticking()), offers("a")], store) is ConcurrencyConflict
        assert await due(store, LATER) == [DueClock(stream("a"), "PERIOD", WARN)]

    # Taking what is due

    async def test_what_is_due_comes_longest_waiting_first_and_only_so_many(self, store: Store) -> None:
        for hours, name in enumerate("cab"):
            await store.append([timed(name, ticking(warn_at=NOON + timedelta(hours=hours)))])
        assert [it.stream for it in await due(store, NOON + timedelta(hours=1))] == [stream("c"), stream("a")]
        assert [it.stream for it in await due(store, LATER, 1)] == [stream("c")]

    async def test_two_at_once_never_get_the_same_clock(self, store: Store) -> None:
        for name in range(6):
            await store.append([timed(name, ticking())])
        async with store.begin() as one, store.begin() as other:
            first, second = await one.due(LATER, 4), await other.due(LATER, 4)
        assert (len(first), len(second)) == (4, 2)
        assert {it.stream for it in first}.isdisjoint(it.stream for it in second)
        assert len(await due(store, LATER)) == 6

    async def test_a_transaction_that_fails_gives_its_clocks_back(self, store: Store) -> None:
        await store.append([timed("a", ticking())])
        with pytest.raises(BihuanError):
            await failing(store)
        assert await due(store, LATER) == [DueClock(stream("a"), "PERIOD", WARN)]

    async def test_a_postponed_clock_comes_later_and_counts_until_it_moves(self, store: Store) -> None:
        await store.append([timed("a", ticking())])
        async with store.begin() as tx:
            await tx.postpone(stream("a"), "PERIOD", LATER)
        assert (await due(store, DUE), await store.next_due()) == ([], LATER)
        assert await due(store, LATER) == [DueClock(stream("a"), "PERIOD", WARN, 1)]
        assert await store.pressure(DUE) == Pressure(due=0, postponed=1)
        assert await store.pressure(LATER) == Pressure(due=1, postponed=1)
        await store.append([timed("a", ticking(warned=True), expected=1)])
        assert await store.pressure(LATER) == Pressure(due=1, postponed=0)

    async def test_streams_of_an_old_calendar_come_in_order_once_each(self, store: Store) -> None:
        old = (ticking("PERIOD"), ticking("CONFIRMATION"))
        await store.append([timed(name, *old) for name in "abc"])
        await store.append([timed("d", ticking(calendar_version="c2"))])
        mine = sorted(stream(name) for name in "abc")
        async with store.begin() as tx:
            assert await tx.outdated("c1", "", 10) == mine
        async with store.begin() as tx:
            assert await tx.outdated("c1", mine[0], 10) == mine[1:]
            await tx.append([timed(name, ticking(calendar_version="c2"), expected=1) for name in "abc"])
        async with store.begin() as tx:
            assert await tx.outdated("c2", mine[2], 10) == [s for s in [stream("d")] if s > mine[2]]
            assert len(await tx.outdated("c1", "", 10)) == 3

    async def test_a_commit_says_when_the_first_of_its_clocks_asks(self, store: Store) -> None:
        told: list[datetime] = []
        store.on_due = told.append
        await store.append([offers("x")])
        await store.append([timed("a", ticking()), timed("b", ticking(warn_at=NOON))])
        assert told == [NOON]

    # What goes to another topic

    async def test_streams_of_the_branch_go_to_its_topic(self, store: Store) -> None:
        rows = RowsPublished(table="risks", digest="0" * 64, content="{}")
        await store.append([Append(f"reference-{matter('r')}", 0, (rows,), (cause(),)), offers("a")])
        found = {row.key.decode(): row.topic for row in await waiting_rows(store)}
        assert found == {str(matter("r")): "case.reference", str(matter("a")): "case.mediation"}


async def due(store: Store, now: datetime, limit: int = 100) -> list[DueClock]:
    async with store.begin() as tx:
        return await tx.due(now, limit)


async def failing(store: Store) -> None:
    async with store.begin() as tx:
        assert await tx.due(LATER, 10)
        await tx.append([timed("a", ticking(warned=True), expected=1)])
        raise BihuanError
