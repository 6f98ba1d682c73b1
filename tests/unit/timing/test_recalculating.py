"""A calendar revision reaches every open matter once, and nothing else (lifecycles C5 rule 3)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from libs.events.clock import Clock
from libs.events.contracts.dispatch import DeadlineRecalculated
from libs.events.memory import MemoryStore
from libs.events.recalculating import LARGEST, Recalculating, standing_revision
from libs.events.recording import Origin
from libs.reference import Library, Revision
from services.dispatch.decider import dispatch
from tests.unit.timing.editions import REVISED, USUAL, longer_holiday, publish, revised, usual
from tests.unit.timing.open_cases import HANDLE_ENDS, OPENED, Hands, command, open_cases, said
from tests.unit.timing.story import SIGN, at
from tests.unit.timing.test_timers import Broken
from tests.waiting import until

AGAIN = "DeadlineRecalculated"
NOTICE = Revision(REVISED, "cn-2026.1", "cn-2026.2", "notice of the test")


def fresh() -> MemoryStore:
    return MemoryStore(Origin("/bihuan/test/dispatch", "case.dispatch"), clock=Hands())


def noticed() -> Library:
    """The usual edition, and one with a longer holiday whose notice was published."""
    library = revised(usual())
    library.add_revision(NOTICE)
    return library


def again(
    store: MemoryStore,
    library: Library,
    told: list[tuple[int, int]] | None = None,
    clock: Clock | None = None,
) -> Recalculating:
    heard = told if told is not None else []
    return Recalculating(
        store, dispatch, library, clock or Hands(), lambda done, failed: heard.append((done, failed))
    )


async def recalculated(store: MemoryStore, streams: Sequence[str]) -> list[int]:
    """How often each matter was computed again."""
    return [(await said(store, stream)).count(AGAIN) for stream in streams]


async def test_every_open_matter_is_computed_again_exactly_once() -> None:
    store = fresh()
    cases = await open_cases(store, usual(), range(3 * LARGEST + 1))
    told: list[tuple[int, int]] = []
    work = again(store, noticed(), told)
    assert await work.carry_out() == 0
    assert await recalculated(store, cases) == [1] * len(cases)
    assert sum(done for done, _ in told) == len(cases)
    assert await work.carry_out() == 0
    assert await recalculated(store, cases) == [1] * len(cases)


async def test_the_new_deadline_is_by_the_new_calendar_and_says_old_and_new() -> None:
    store = fresh()
    (case,) = await open_cases(store, usual(), ["a"])
    await again(store, noticed()).carry_out()
    fact = (await store.read(case))[-1].data
    assert isinstance(fact, DeadlineRecalculated)
    moved = {it.clock: (it.old_due_at, it.new_due_at) for it in fact.moved}
    assert moved["HANDLE"] == (HANDLE_ENDS, HANDLE_ENDS + timedelta(days=1))
    assert (fact.old_calendar, fact.new_calendar, fact.edition) == ("cn-2026.1", "cn-2026.2", REVISED)
    async with store.begin() as tx:
        assert await tx.outdated("cn-2026.2", "", 10) == [case]


async def test_a_matter_whose_clocks_are_over_is_left_as_it_is() -> None:
    store = fresh()
    library = usual()
    open_, closed = await open_cases(store, library, ["open", "closed"])
    before = len(await store.read(closed))
    async with store.begin() as tx:
        await tx.outdated("cn-2026.1", "", 10)
    await command(store, library, closed, SIGN, OPENED + timedelta(hours=1))
    await again(store, noticed()).carry_out()
    assert await recalculated(store, [open_]) == [1]
    fact = (await store.read(closed))[-1].data
    assert isinstance(fact, DeadlineRecalculated)
    assert [it.clock for it in fact.moved] == ["HANDLE"]
    assert len(await store.read(closed)) == before + 2


async def test_an_edition_without_a_notice_changes_no_open_matter() -> None:
    store = fresh()
    cases = await open_cases(store, usual(), range(3))
    assert standing_revision(revised(usual()), Hands()) is None
    await again(store, revised(usual())).carry_out()
    assert await recalculated(store, cases) == [0, 0, 0]


async def test_a_notice_counts_from_when_its_edition_is_in_force() -> None:
    library = publish(
        usual(), REVISED, *USUAL, calendar=longer_holiday(), effective_at="2026-03-05T00:00:00+08:00"
    )
    library.add_revision(NOTICE)
    assert standing_revision(library, Hands(at("03-04 23:59"))) is None
    standing = standing_revision(library, Hands(at("03-05 00:00")))
    assert standing is not None
    assert standing.edition == REVISED
    assert "cn-2026.2" not in standing.calendars


async def test_a_later_edition_with_another_calendar_is_not_taken_back_by_an_older_notice() -> None:
    library = noticed()
    other = longer_holiday() | {"version": "cn-2026.9"}
    publish(library, "640202-2026.9", *USUAL, calendar=other, effective_at="2026-02-01T00:00:00+08:00")
    standing = standing_revision(library, Hands())
    assert standing is not None
    assert "cn-2026.9" not in standing.calendars


async def test_two_replicas_share_the_work_and_do_it_once() -> None:
    store = fresh()
    cases = await open_cases(store, usual(), range(2 * LARGEST + 5))
    library = noticed()
    await asyncio.gather(again(store, library).carry_out(), again(store, library).carry_out())
    await again(store, library).carry_out()
    assert await recalculated(store, cases) == [1] * len(cases)


async def test_a_matter_that_cannot_be_read_is_counted_passed_over_and_done_later() -> None:
    store = Broken()
    cases = await open_cases(store, usual(), range(7))
    store.unreadable = {cases[2]}
    told: list[tuple[int, int]] = []
    work = again(store, noticed(), told)
    assert await work.carry_out() == 1
    assert await recalculated(store, [case for case in cases if case != cases[2]]) == [1] * 6
    assert sum(failed for _, failed in told) == 1
    store.unreadable = set()
    assert await work.carry_out() == 0
    assert await recalculated(store, cases) == [1] * 7


async def test_it_begins_when_a_notice_arrives_and_ends_when_asked() -> None:
    store, library = fresh(), revised(usual())
    cases = await open_cases(store, usual(), range(3))
    work = again(store, library)
    going = asyncio.create_task(work.run())
    library.add_revision(NOTICE)
    work.wake()

    async def done() -> bool:
        return await recalculated(store, cases) == [1, 1, 1]

    await until(done, 5)
    work.stop()
    await asyncio.wait_for(going, 5)
