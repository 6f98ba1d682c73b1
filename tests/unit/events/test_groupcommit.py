import asyncio
from collections.abc import Hashable, Sequence

import pytest

from libs.events import groupcommit
from libs.events.errors import ConcurrencyConflict, KeyTaken, Unavailable
from libs.events.groupcommit import GroupCommit
from tests.waiting import hold


class Disk:
    """Writes groups of words; a bad word fails its group, and everything waits while the door is shut."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, words: Sequence[str]) -> None:
        self.groups.append(list(words))
        self.asked.set()
        await self.open.wait()
        if "away" in words:
            raise Unavailable("database")
        for bad, failure in (("conflict", ConcurrencyConflict), ("taken", KeyTaken), ("bug", LookupError)):
            if bad in words:
                raise failure(bad)

    def written(self) -> list[str]:
        """Words of the groups that went through, in order."""
        bad = {"conflict", "taken", "bug", "away"}
        return [word for group in self.groups if not bad & set(group) for word in group]


def own(word: str) -> frozenset[Hashable]:
    return frozenset([word])


async def results(group: GroupCommit[str], words: Sequence[str]) -> list[BaseException | None]:
    claims = [frozenset([(index, word)]) for index, word in enumerate(words)]
    work = [group.do(word, claim) for word, claim in zip(words, claims, strict=True)]
    return await asyncio.gather(*work, return_exceptions=True)


async def test_what_gathers_during_a_commit_shares_the_next_one() -> None:
    disk = Disk()
    assert await results(GroupCommit(disk.write), [f"w{n}" for n in range(10)]) == [None] * 10
    assert [len(group) for group in disk.groups] == [10]


async def test_who_comes_within_a_few_turns_of_a_commit_shares_the_next_one() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)

    async def again(word: str, turns: int) -> None:
        await group.do(word, own(word))
        for _ in range(turns):
            await asyncio.sleep(0)
        await group.do(word.upper(), own(word.upper()))

    await asyncio.gather(*(again(word, turns) for turns, word in enumerate("abc")))
    assert disk.groups == [["a", "b", "c"], ["A", "B", "C"]]


async def test_a_group_is_bounded_by_pieces_and_by_weight() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    await results(group, [f"w{n}" for n in range(groupcommit.LARGEST_GROUP + 1)])
    assert [len(words) for words in disk.groups] == [groupcommit.LARGEST_GROUP, 1]
    disk.groups.clear()
    heavy = groupcommit.HEAVIEST_GROUP
    await asyncio.gather(
        *(group.do(word, own(word), heavy - 1) for word in ("a", "b")), group.do("c", own("c"))
    )
    assert disk.groups == [["a", "c"], ["b"]]


async def test_nobody_fails_for_a_neighbour() -> None:
    disk = Disk()
    words = ["a", "b", "conflict", "c", "taken", "d", "bug", "e"]
    outcome = await results(GroupCommit(disk.write), words)
    assert [type(failure) for failure in outcome if failure] == [ConcurrencyConflict, KeyTaken, LookupError]
    assert disk.written() == ["a", "b", "c", "d", "e"]


async def test_a_database_that_is_away_fails_the_group_at_once() -> None:
    disk = Disk()
    outcome = await results(GroupCommit(disk.write), ["a", "away", "b"])
    assert [type(failure) for failure in outcome] == [Unavailable] * 3
    assert len(disk.groups) == 1


async def test_pieces_with_the_same_claim_go_one_after_another_in_order() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    await asyncio.gather(*(group.do(word, own(word[0])) for word in ("a1", "b1", "a2", "c1", "a3", "b2")))
    assert disk.groups == [["a1", "b1", "c1"], ["a2", "b2"], ["a3"]]


async def test_a_claim_that_waits_holds_back_later_ones_that_overlap_with_it() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    wide = group.do("wide", frozenset(["a", "b"]))
    await asyncio.gather(group.do("a1", own("a")), wide, group.do("b2", own("b")))
    assert disk.groups == [["a1"], ["wide"], ["b2"]]


async def test_a_caller_waits_no_longer_than_the_deadline() -> None:
    disk = Disk()
    disk.open.clear()
    group = GroupCommit(disk.write, deadline=0.05)
    assert [type(failure) for failure in await results(group, ["a", "b"])] == [Unavailable] * 2
    disk.open.set()
    await group.close()


async def test_each_caller_has_a_deadline_of_its_own_although_one_timer_serves_all() -> None:
    disk = Disk()
    disk.open.clear()
    group, loop, ended = GroupCommit(disk.write, deadline=0.1), asyncio.get_running_loop(), dict[str, float]()

    async def late(word: str) -> None:
        began = loop.time()
        with pytest.raises(Unavailable):
            await group.do(word, own(word))
        ended[word] = loop.time() - began

    first = asyncio.create_task(late("first"))
    await hold(0.05)
    await asyncio.gather(first, late("second"))
    assert list(ended) == ["first", "second"]
    assert all(took >= 0.1 for took in ended.values())
    disk.open.set()
    await group.close()
    assert await results(group, ["later"]) == [None]


async def test_work_that_was_given_up_before_its_turn_is_not_written() -> None:
    disk = Disk()
    disk.open.clear()
    group = GroupCommit(disk.write)
    first = asyncio.create_task(group.do("first", own("first")))
    await disk.asked.wait()
    second = asyncio.create_task(group.do("second", own("second")))
    await asyncio.sleep(0)
    second.cancel()
    disk.open.set()
    await asyncio.gather(first, second, return_exceptions=True)
    await group.close()
    assert disk.groups == [["first"]]


async def test_a_full_queue_sends_callers_away_at_once() -> None:
    disk = Disk()
    disk.open.clear()
    group = GroupCommit(disk.write)
    waiting = [asyncio.create_task(group.do("first", own("first")))]
    await disk.asked.wait()
    words = [f"w{n}" for n in range(groupcommit.LONGEST_QUEUE)]
    waiting += [asyncio.create_task(group.do(word, own(word))) for word in words]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await group.do("too much", own("too much"))
    disk.open.set()
    await asyncio.gather(*waiting)
    assert "too much" not in disk.written()
