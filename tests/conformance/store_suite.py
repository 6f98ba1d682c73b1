"""What every store promises. A subclass gives the fixture `store`: a fresh one."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import pytest

from libs.events.codec import decode, encode
from libs.events.errors import BihuanError, ConcurrencyConflict, Fenced, KeyRaced, KeyTaken
from libs.events.memory import MemoryStore
from libs.events.postgres import PostgresStore
from libs.events.store import Append, Consumed, EventStore, Outbox, OutboxRecord, Transaction, VaultKey
from tests.conformance.samples import TRACE, answer, key_of, matter, offer, offers, parked, stream

Store = MemoryStore | PostgresStore


class Both(EventStore, Outbox, Protocol):
    """A stage's store: the truth, and the to-do list of its relay."""


def promised(store: Store) -> Both:
    """Every store has both sides (checked by the type checker)."""
    return store


async def outcome_of(
    append: Sequence[Append], store: Store, key: str | None = None, keys: Sequence[VaultKey] = ()
) -> type[BihuanError] | None:
    try:
        await store.append(append, answer(key) if key else None, keys)
    except BihuanError as refusal:
        return type(refusal)
    return None


async def waiting_rows(store: Store) -> list[OutboxRecord]:
    async with store.seat() as seat:
        return await seat.turn([], [], 1000)


class StoreSuite:
    # Streams and versions

    async def test_an_unknown_stream_is_empty(self, store: Store) -> None:
        assert await store.read(stream("a")) == []
        assert await store.versions([stream("a")]) == {}

    async def test_facts_come_back_whole_and_numbered(self, store: Store) -> None:
        append = offers("a", count=3)
        await store.append([append])
        events = await store.read(stream("a"))
        assert [event.version for event in events] == [1, 2, 3]
        assert tuple(event.data for event in events) == append.facts
        assert {event.cause for event in events} == set(append.causes)
        assert {event.stream for event in events} == {stream("a")}
        assert all(event.recorded_at.tzinfo for event in events)

    async def test_each_stream_has_its_own_versions(self, store: Store) -> None:
        await store.append([offers("a", count=2), offers("b")])
        await store.append([offers("a", 2)])
        assert await store.versions([stream("a"), stream("b"), stream("c")]) == {
            stream("a"): 3,
            stream("b"): 1,
        }

    @pytest.mark.parametrize("expected", [0, 1, 3, 9], ids=["new", "behind", "one ahead", "far ahead"])
    async def test_facts_decided_on_another_version_conflict(self, store: Store, expected: int) -> None:
        await store.append([offers("a", count=2)])
        with pytest.raises(ConcurrencyConflict):
            await store.append([offers("a", expected)])
        assert await store.versions([stream("a")]) == {stream("a"): 2}

    async def test_a_stream_cannot_begin_in_the_middle(self, store: Store) -> None:
        with pytest.raises(ConcurrencyConflict):
            await store.append([offers("a", 1)])
        assert await store.read(stream("a")) == []

    async def test_an_append_is_stored_whole_or_not_at_all(self, store: Store) -> None:
        await store.append([offers("b")])
        with pytest.raises(ConcurrencyConflict):
            await store.append([offers("a", count=2), offers("b"), offers("c")], answer())
        assert await store.versions([stream(name) for name in "abc"]) == {stream("b"): 1}
        assert await store.answer("li.na", "k1") is None
        assert len(await waiting_rows(store)) == 1

    async def test_one_append_may_continue_a_stream_but_not_repeat_it(self, store: Store) -> None:
        await store.append([offers("a", count=2), offers("a", 2)])
        with pytest.raises(ConcurrencyConflict):
            await store.append([offers("a", 3), offers("a", 3)])
        assert await store.versions([stream("a")]) == {stream("a"): 3}

    async def test_of_many_racing_writers_exactly_one_wins(self, store: Store) -> None:
        await store.append([offers("a")])
        outcomes = await asyncio.gather(*(outcome_of([offers("a", 1)], store) for _ in range(20)))
        assert outcomes.count(None) == 1
        assert outcomes.count(ConcurrencyConflict) == 19
        assert await store.versions([stream("a")]) == {stream("a"): 2}

    async def test_writers_of_different_streams_do_not_disturb_each_other(self, store: Store) -> None:
        await store.append([offers(50)])
        outcomes = await asyncio.gather(*(outcome_of([offers(n)], store) for n in range(100)))
        assert [n for n, refusal in enumerate(outcomes) if refusal] == [50]
        assert len(await waiting_rows(store)) == 100

    # Idempotency keys

    async def test_an_answer_is_kept_as_it_was_given(self, store: Store) -> None:
        assert await store.answer("li.na", "k1") is None
        given = answer(body='{"名": "一\\u0000"}'.encode())
        await store.append([], given)
        assert await store.answer("li.na", "k1") == given
        assert await store.answer("wang", "k1") is None

    async def test_a_key_is_used_once_per_caller(self, store: Store) -> None:
        await store.append([offers("a")], answer())
        with pytest.raises(KeyTaken):
            await store.append([offers("b")], answer(body=b"other"))
        await store.append([offers("c")], answer(caller="wang"))
        assert await store.versions([stream(name) for name in "abc"]) == {stream("a"): 1, stream("c"): 1}

    async def test_fifty_equal_requests_in_parallel_are_stored_once(self, store: Store) -> None:
        outcomes = await asyncio.gather(*(outcome_of([offers(n)], store, "same key") for n in range(50)))
        assert outcomes.count(None) == 1
        assert outcomes.count(KeyTaken) == 49
        assert len(await waiting_rows(store)) == 1

    # Numbers and keys

    async def test_serial_numbers_never_repeat(self, store: Store) -> None:
        numbers = await asyncio.gather(*(store.serial("a") for _ in range(30)))
        assert sorted(numbers) == list(range(1, 31))
        assert await store.serial("b") == 1

    async def test_first_keys_are_stored_with_the_events_they_seal(self, store: Store) -> None:
        keys = {matter(name): key_of(name) for name in "ab"}
        await store.append([offers("a"), offers("b")], answer(), list(keys.values()))
        assert await store.vault_keys([matter(name) for name in "abc"]) == keys

    async def test_an_append_that_fails_stores_no_key(self, store: Store) -> None:
        await store.append([offers("a")], answer())
        assert await outcome_of([offers("a")], store, keys=[key_of("a")]) is ConcurrencyConflict
        assert await outcome_of([offers("a", 7)], store, keys=[key_of("a")]) is ConcurrencyConflict
        assert await outcome_of([offers("b")], store, "k1", [key_of("b")]) is KeyTaken
        assert await store.vault_keys([matter("a"), matter("b")]) == {}

    async def test_an_append_whose_matter_has_another_key_fails_whole(self, store: Store) -> None:
        first = key_of("a", "first")
        await store.append([offers("a")], None, [first])
        late = [key_of("b"), key_of("a", "late"), key_of("c")]
        with pytest.raises(KeyRaced):
            await store.append([offers("a", 1), offers("b")], answer(), late)
        assert await store.vault_keys([matter(name) for name in "abc"]) == {matter("a"): first}
        assert await store.versions([stream("a"), stream("b")]) == {stream("a"): 1}
        assert await store.answer("li.na", "k1") is None
        assert len(await waiting_rows(store)) == 1

    async def test_one_append_gives_a_matter_one_key(self, store: Store) -> None:
        assert await outcome_of([offers("a")], store, keys=[key_of("a", n) for n in range(2)]) is KeyRaced
        assert await store.vault_keys([matter("a")]) == {}

    async def test_of_many_racing_first_keys_exactly_one_is_stored(self, store: Store) -> None:
        offered = [key_of("a", n) for n in range(20)]
        outcomes = await asyncio.gather(
            *(outcome_of([offers(n)], store, keys=[key]) for n, key in enumerate(offered))
        )
        assert outcomes.count(None) == 1
        assert outcomes.count(KeyRaced) == 19
        winner = outcomes.index(None)
        assert await store.vault_keys([matter("a")]) == {matter("a"): offered[winner]}
        assert await store.versions([stream(n) for n in range(20)]) == {stream(winner): 1}

    async def test_a_lost_race_for_a_key_disturbs_no_neighbour(self, store: Store) -> None:
        await store.append([offers(50)], None, [key_of(50, "first")])
        outcomes = await asyncio.gather(
            *(outcome_of([offers(n, int(n == 50))], store, keys=[key_of(n)]) for n in range(100))
        )
        assert {n: refusal for n, refusal in enumerate(outcomes) if refusal} == {50: KeyRaced}
        assert len(await store.vault_keys([matter(n) for n in range(100)])) == 100
        assert len(await waiting_rows(store)) == 100

    # Transactions

    async def test_a_transaction_sees_its_own_work_and_others_see_it_after_the_commit(
        self, store: Store
    ) -> None:
        await store.append([offers("a")])
        async with store.begin() as tx:
            await tx.prefetch([stream("a"), stream("b")])
            await tx.append([offers("a", 1)])
            await tx.append([offers("a", 2, count=2), offers("b")])
            assert [event.version for event in await tx.read(stream("a"))] == [1, 2, 3, 4]
            assert len(await tx.read(stream("b"))) == 1
            assert await store.versions([stream("a")]) == {stream("a"): 1}
        assert await store.versions([stream("a"), stream("b")]) == {stream("a"): 4, stream("b"): 1}

    async def test_a_failed_transaction_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(LookupError):
            await everything_then(store, LookupError())
        assert await store.read(stream("a")) == []
        assert await store.applied(stream("f")) == 0
        assert await store.stored("case.intake", 0) is None
        assert await store.parked("PENDING") == []
        assert await waiting_rows(store) == []

    async def test_a_transaction_that_was_overtaken_conflicts_and_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(ConcurrencyConflict):
            await overtaken(store)
        assert await store.versions([stream("a")]) == {stream("a"): 1}
        assert await store.applied(stream("f")) == 0

    async def test_applied_versions_never_go_back(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.advance({stream("a"): 3, stream("b"): 1})
            assert await tx.applied([stream("a"), stream("c")]) == {stream("a"): 3}
        async with store.begin() as tx:
            await tx.advance({stream("a"): 2, stream("b"): 2})
        assert (await store.applied(stream("a")), await store.applied(stream("b"))) == (3, 2)

    # Offsets

    async def test_offsets_move_only_from_where_they_are(self, store: Store) -> None:
        await move(store, expected=0, to=5)
        await move(store, expected=5, to=9)
        for wrong in (0, 5, 10):
            with pytest.raises(Fenced):
                await move(store, expected=wrong, to=20)
        assert await store.stored("case.intake", 0) == 9
        assert await store.stored("case.intake", 1) is None

    async def test_a_partition_never_consumed_stands_at_the_beginning(self, store: Store) -> None:
        with pytest.raises(Fenced):
            await move(store, expected=3, to=4)
        assert await store.stored("case.intake", 0) is None

    async def test_a_member_of_an_older_generation_is_fenced_and_its_effects_vanish(
        self, store: Store
    ) -> None:
        await move(store, expected=0, to=5, generation=7)
        with pytest.raises(Fenced):
            await move(store, expected=5, to=9, generation=6, effect="zombie")
        assert await store.read(stream("zombie")) == []
        await move(store, expected=5, to=9, generation=8)

    async def test_partitions_move_together_or_not_at_all(self, store: Store) -> None:
        places = [("case.intake", 0), ("case.dispatch", 1), ("case.dispatch", 0)]
        async with store.begin() as tx:
            await tx.move([Consumed(*place, 0, 5, 1) for place in places])
        with pytest.raises(Fenced, match=r"case\.dispatch/1"):
            async with store.begin() as tx:
                await tx.move([Consumed(*place, 3 if place[1] else 5, 9, 1) for place in places])
        async with store.begin() as tx:
            assert [(await tx.claim(*place, 2))[0] for place in places] == [5, 5, 5]

    async def test_of_two_members_that_move_the_same_offset_one_is_fenced(self, store: Store) -> None:
        await move(store, expected=0, to=1)
        results = await asyncio.gather(
            *(move(store, expected=1, to=2, effect=name) for name in "ab"), return_exceptions=True
        )
        assert [type(result) for result in results if result] == [Fenced]
        assert len(await store.versions([stream("a"), stream("b")])) == 1

    # Parked records

    async def test_parked_records_wait_in_offset_order_and_block_their_stream(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.park([parked(9, reason="behind"), parked(4), parked(5, "b"), parked(6, None)])
            assert await tx.troubled([stream("a"), stream("c")]) == {stream("a")}
        async with store.begin() as tx:
            assert await tx.troubled([stream(name) for name in "abc"]) == {stream("a"), stream("b")}
            assert await tx.waiting(stream("a")) == [parked(4), parked(9, reason="behind")]
        assert [row.offset for row in await store.parked("PENDING")] == [4, 5, 6, 9]
        assert [row.offset for row in await store.parked("PENDING", limit=2)] == [4, 5]

    async def test_a_record_is_parked_once(self, store: Store) -> None:
        for _ in range(2):
            async with store.begin() as tx:
                await tx.park([parked(4)])
        assert await store.parked("PENDING") == [parked(4)]
        assert len(await waiting_rows(store)) == 1

    async def test_a_decision_is_recorded_and_frees_the_stream(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.park([parked(4), parked(5, version=2)])
        async with store.begin() as tx:
            await tx.settle([parked(4)], "DISCARDED", "li.na", "spam")
            assert await tx.troubled([stream("a")]) == {stream("a")}
            await tx.settle([parked(5)], "REPLAY_REQUESTED", "li.na")
            assert await tx.troubled([stream("a")]) == {stream("a")}
            await tx.settle([parked(5)], "REPLAYED", "system")
            assert await tx.troubled([stream("a")]) == {stream("a")}
            assert await tx.waiting(stream("a")) == []
            assert await tx.discarded([stream("a")]) == {stream("a"): {(1, parked(4).reason)}}
        (discarded,) = await store.parked("DISCARDED")
        assert (discarded.decided_by, discarded.note, discarded.record) == ("li.na", "spam", parked(4).record)
        assert discarded.decided_at is not None

    async def test_what_was_replayed_troubles_nobody(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.park([parked(4)])
            await tx.settle([parked(4)], "REPLAYED", "li.na")
            assert await tx.troubled([stream("a")]) == set()
            assert await tx.discarded([stream("a")]) == {}

    async def test_a_decision_is_final(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.park([parked(4)])
            await tx.settle([parked(4)], "DISCARDED", "li.na")
            await tx.settle([parked(4)], "REPLAYED", "wang")
        assert await store.parked("REPLAYED") == []
        assert len(await waiting_rows(store)) == 2

    # The to-do list

    async def test_stored_bytes_are_the_published_bytes_keyed_by_matter(self, store: Store) -> None:
        await store.append([offers("a", count=2)])
        rows = await waiting_rows(store)
        assert [row.value for row in rows] == [encode(event) for event in await store.read(stream("a"))]
        assert {row.key for row in rows} == {str(matter("a")).encode()}
        assert {row.topic for row in rows} == {"case.mediation"}
        assert dict(rows[0].headers) == {
            "content-type": b"application/cloudevents+json",
            "traceparent": TRACE.encode(),
        }

    async def test_the_list_keeps_the_order_of_each_stream_until_rows_are_done(self, store: Store) -> None:
        for version in range(3):
            await store.append([offers("a", version), offers("b", version)])
        async with store.seat() as seat:
            rows = await seat.turn([], [], 100)
            by_a = [decode(row.value).version for row in rows if row.key == str(matter("a")).encode()]
            assert by_a == [1, 2, 3]
            positions = [row.position for row in rows]
            assert positions == sorted(positions)
            assert [row.position for row in await seat.turn([], [], 2)] == positions[:2]
            rest = await seat.turn(positions[:2], positions[2:4], 100)
            assert [row.position for row in rest] == positions[4:]
            assert [row.position for row in await seat.turn([], [], 100)] == positions[2:]
            assert (await seat.backlog()).depth == 4
            await seat.tidy()

    async def test_dead_letters_are_announced_without_their_content(self, store: Store) -> None:
        async with store.begin() as tx:
            await tx.park([parked(4)])
        async with store.begin() as tx:
            await tx.settle([parked(4)], "REPLAYED", "system")
        notices = await waiting_rows(store)
        assert [notice.topic for notice in notices] == ["case.dead-letter"] * 2
        assert {notice.key for notice in notices} == {stream("a").encode()}
        assert b'"state":"PENDING"' in notices[0].value
        assert b'"decided_by":"system"' in notices[1].value
        assert b"not json" not in notices[0].value

    async def test_one_relay_leads_until_it_leaves(self, store: Store) -> None:
        async with store.seat() as second:
            async with store.seat() as first:
                assert await first.claim()
                assert not await second.claim()
            assert await second.claim()

    async def test_a_commit_wakes_the_relay(self, store: Store) -> None:
        woken: list[str] = []
        store.on_commit = lambda: woken.append("once more")
        await store.append([offers("a")])
        async with store.begin() as tx:
            await tx.append([offers("b")])
        assert len(woken) == 2


async def everything_then(store: Store, failure: Exception) -> None:
    async with store.begin() as tx:
        await tx.append([offers("a")])
        await tx.advance({stream("f"): 1})
        await tx.move([Consumed("case.intake", 0, 0, 1, 1)])
        await tx.park([parked(1)])
        raise failure


async def overtaken(store: Store) -> None:
    async with store.begin() as tx:
        await tx.read(stream("a"))
        await tx.advance({stream("f"): 1})
        await store.append([Append(stream("a"), 0, (offer("faster"),), offers("a").causes)])
        await tx.append([offers("a")])


async def move(
    store: Store, *, expected: int, to: int, generation: int = 1, effect: str | None = None
) -> None:
    async with store.begin() as tx:
        await _effect(tx, effect)
        await tx.move([Consumed("case.intake", 0, expected, to, generation)])


async def _effect(tx: Transaction, name: str | None) -> None:
    if name:
        await tx.append([offers(name)])
