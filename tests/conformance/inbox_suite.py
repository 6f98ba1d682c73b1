"""What the inbox promises on any store (reliability R2, R3, R6)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.events.deadletter import Place, discard, listed, request_replay
from libs.events.effects import Halted
from libs.events.errors import ConcurrencyConflict, Fenced, Unavailable
from libs.events.execute import execute
from libs.events.inbox import Inbox
from libs.events.store import EventStore
from tests.conformance.arrivals import (
    PREFIX_OF,
    TOPIC,
    Arrival,
    Offers,
    effects_of,
    envelope,
    event,
    key,
    poison,
    unknown,
)
from tests.conformance.samples import NOON, Offer, cause, sample, stream

Store = Any
POISON = [b"", None, b"{", b"\xff", b"null", b"[" * 90_000, b"9" * 5_000_000]
TORN = "torn record"
FAILED = "effect:ZeroDivisionError"


async def member(store: Store, effects: Offers | None = None, generation: int = 1) -> Inbox[Any]:
    inbox: Inbox[Any] = Inbox(store, effects or Offers(), PREFIX_OF, clock=lambda: NOON)
    await inbox.claim([(TOPIC, 3), (TOPIC, 4)], generation)
    return inbox


async def reasons(store: EventStore) -> list[tuple[int, str]]:
    return [(row.offset, row.reason) for row in await store.parked("PENDING")]


class InboxSuite:
    async def test_events_of_a_stream_take_effect_in_order(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), event(1, "b", 1), event(2, "a", 2)])
        await inbox.receive([event(3, "a", 3)])
        assert await effects_of(store, "a") == [1, 2, 3]
        assert await effects_of(store, "b") == [1]
        assert await store.stored(TOPIC, 3) == 4

    async def test_an_event_delivered_three_times_has_one_effect(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), event(1, "a", 1), event(2, "a", 2), event(3, "a", 1)])
        await inbox.receive([event(4, "a", 2), event(5, "a", 2), event(6, "a", 3)])
        assert await effects_of(store, "a") == [1, 2, 3]
        assert await store.parked("PENDING") == []

    async def test_records_before_the_stored_offset_are_dropped(self, store: Store) -> None:
        inbox = await member(store)
        batch = [event(0, "a", 1), event(1, "a", 2)]
        await inbox.receive(batch)
        await inbox.receive([*batch, event(2, "a", 3)])
        assert await effects_of(store, "a") == [1, 2, 3]

    async def test_a_new_member_goes_on_where_the_effects_ended(self, store: Store) -> None:
        first = await member(store)
        await first.receive([event(0, "a", 1)])
        second: Inbox[Any] = Inbox(store, Offers(), PREFIX_OF)
        assert await second.claim([(TOPIC, 3)], 2) == {(TOPIC, 3): 1}

    async def test_a_zombie_is_fenced_and_leaves_no_effect(self, store: Store) -> None:
        zombie = await member(store)
        await zombie.receive([event(0, "a", 1)])
        owner = await member(store, generation=2)
        with pytest.raises(Fenced):
            await zombie.receive([event(1, "a", 2)])
        assert await effects_of(store, "a") == [1]
        await owner.receive([event(1, "a", 2)])
        assert await effects_of(store, "a") == [1, 2]

    async def test_a_group_that_kafka_forgot_is_not_fenced_for_ever(self, store: Store) -> None:
        """Kafka counts the generations of a forgotten group from 1 again."""
        await member(store, generation=40)
        fresh = await member(store, generation=1)
        await fresh.receive([event(0, "a", 1)])
        assert await effects_of(store, "a") == [1]

    async def test_a_gap_waits_and_closes_when_the_missing_version_arrives(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), event(1, "a", 3), event(2, "a", 4), event(3, "b", 1)])
        assert await reasons(store) == [(1, "gap"), (2, "behind")]
        assert await effects_of(store, "b") == [1]
        await inbox.receive([event(4, "a", 2)])
        assert await effects_of(store, "a") == [1, 2, 3, 4]
        assert await reasons(store) == []
        assert {row.decided_by for row in await store.parked("REPLAYED")} == {"system"}

    async def test_a_gap_that_closes_within_the_batch_parks_nothing(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 3), event(1, "a", 2), event(2, "a", 1)])
        assert await effects_of(store, "a") == [1, 2, 3]
        assert await store.parked("REPLAYED") == []

    async def test_a_gap_that_does_not_close_blocks_its_case_only(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 2), event(1, "b", 1)])
        await inbox.receive([event(2, "a", 3), event(3, "b", 2), event(4, "a", 2)])
        assert await effects_of(store, "a") == []
        assert await effects_of(store, "b") == [1, 2]
        assert await reasons(store) == [(0, "gap"), (2, "behind")]

    @pytest.mark.parametrize("value", POISON)
    async def test_poison_parks_one_stream_and_the_others_go_on(
        self, store: Store, value: bytes | None
    ) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a", value), event(2, "a", 3), event(3, "b", 1)])
        await inbox.receive([event(4, "a", 4), event(5, "b", 2)])
        assert await effects_of(store, "a") == [1]
        assert await effects_of(store, "b") == [1, 2]
        parked = await store.parked("PENDING")
        assert [row.offset for row in parked] == [1, 2, 4]
        assert (parked[0].record, parked[0].version) == (value or b"", 2)

    async def test_a_record_that_names_no_stream_blocks_nobody(self, store: Store) -> None:
        inbox = await member(store)
        foreign = Arrival(1, event(0, "a", 1).value, key("b"))
        await inbox.receive([Arrival(0, b"?", None), foreign, event(2, "a", 1), event(3, "b", 1)])
        assert await reasons(store) == [(0, "json"), (1, "misplaced")]
        assert (await effects_of(store, "a"), await effects_of(store, "b")) == ([1], [1])

    async def test_discarding_poison_lets_the_stream_go_on_without_it(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3), event(3, "a", 4)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        assert await inbox.replay() == 2
        assert await effects_of(store, "a") == [1, 3, 4]
        await inbox.receive([event(4, "a", 5)])
        assert await effects_of(store, "a") == [1, 3, 4, 5]
        assert [(row.decided_by, row.note) for row in await store.parked("DISCARDED")] == [("li.na", TORN)]

    async def test_discarding_the_last_record_lets_the_next_one_in(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a")])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        await inbox.receive([event(2, "a", 3)])
        assert await effects_of(store, "a") == [1, 3]

    async def test_discarding_noise_loses_no_version(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 2)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", "not ours")
        await inbox.replay()
        await inbox.receive([event(3, "a", 3)])
        assert await effects_of(store, "a") == [1, 2, 3]

    async def test_a_decision_during_a_batch_leaves_nothing_behind_it(self, store: Store) -> None:
        """Its record is neither parked behind what is gone, nor missed by who decided."""
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a")])

        async def decide() -> None:
            await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)

        meddled: Inbox[Any] = Inbox(Meddled(store, decide), Offers(), PREFIX_OF, clock=lambda: NOON)
        await meddled.claim([(TOPIC, 3)], 2)
        await meddled.receive([event(2, "a", 3)])
        assert await effects_of(store, "a") == [1, 3]
        assert await listed(store) == []

    async def test_an_event_given_up_has_no_effect_when_it_is_delivered_again(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), event(1, "a", 3)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        await inbox.receive([event(2, "a", 2), event(3, "a", 3)])
        await inbox.receive([event(4, "a", 3), event(5, "a", 4), event(6, "a", 3)])
        assert await effects_of(store, "a") == [1, 2, 4]
        assert await store.parked("PENDING") == []

    async def test_an_event_given_up_because_its_effect_failed_stays_given_up(self, store: Store) -> None:
        effects = Offers(refuse={envelope("a", 1).stream})
        inbox = await member(store, effects)
        await inbox.receive([event(0, "a", 1), event(1, "a", 1)])
        await discard(store, Place(TOPIC, 3, 0), "li.na", TORN)
        effects.refuse.clear()
        await inbox.replay()
        await inbox.receive([event(2, "a", 1), event(3, "a", 2)])
        assert await effects_of(store, "a") == [2]
        assert await listed(store) == []

    async def test_an_old_discard_does_not_open_a_later_gap(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a")])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        await inbox.receive([event(2, "a", 3), event(3, "a", 5)])
        assert await effects_of(store, "a") == [1, 3]
        assert await reasons(store) == [(3, "gap")]

    async def test_a_discard_opens_no_other_gap(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 5)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        assert await inbox.replay() == 0
        assert await reasons(store) == [(2, "behind")]
        await inbox.receive([event(3, "a", 3), event(4, "a", 4)])
        assert await effects_of(store, "a") == [1, 3, 4, 5]

    async def test_replay_keeps_the_order(self, store: Store) -> None:
        """F11: a kind that a newer build knows is replayed first, then what waited for it."""
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), unknown(1, "a", 2), event(2, "a", 3), unknown(3, "a", 4)])
        await inbox.receive([event(4, "a", 5)])
        assert await reasons(store) == [
            (1, "unknown_kind"),
            (2, "behind"),
            (3, "unknown_kind"),
            (4, "behind"),
        ]
        newer = await member(store, Offers(known=True), generation=2)
        await request_replay(store, Place(TOPIC, 3, 1), "li.na", "upgraded")
        await newer.replay()
        assert await effects_of(store, "a") == [1, 2, 3]
        await request_replay(store, Place(TOPIC, 3, 3), "li.na", "upgraded")
        await newer.replay()
        assert await effects_of(store, "a") == [1, 2, 3, 4, 5]
        decided = {row.offset: row.decided_by for row in await store.parked("REPLAYED")}
        assert decided == {1: "li.na", 2: "system", 3: "li.na", 4: "system"}

    async def test_a_later_record_cannot_be_replayed_before_an_earlier_one(self, store: Store) -> None:
        inbox = await member(store, Offers(known=True))
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3)])
        await request_replay(store, Place(TOPIC, 3, 2), "li.na", "")
        assert await inbox.replay() == 0
        assert await effects_of(store, "a") == [1]

    async def test_a_replay_that_fails_again_waits_for_another_decision(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([poison(0, "a"), event(1, "a", 2)])
        await request_replay(store, Place(TOPIC, 3, 0), "li.na", "try")
        assert await inbox.replay() == 0
        assert [row.note for row in await store.parked("PENDING")] == ["still cannot be read", None]
        assert await store.parked("REPLAY_REQUESTED") == []

    async def test_replaying_a_gap_accepts_it(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([event(0, "a", 1), event(1, "a", 4), event(2, "a", 5)])
        await request_replay(store, Place(TOPIC, 3, 1), "li.na", "2 and 3 are lost")
        assert await inbox.replay() == 2
        assert await effects_of(store, "a") == [1, 4, 5]

    async def test_only_the_owner_of_the_partition_replays(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([unknown(0, "a", 1)])
        await request_replay(store, Place(TOPIC, 3, 0), "li.na", "")
        elsewhere: Inbox[Any] = Inbox(store, Offers(known=True), PREFIX_OF)
        await elsewhere.claim([(TOPIC, 5)], 1)
        assert await elsewhere.replay() == 0
        owner = await member(store, Offers(known=True), generation=2)
        with pytest.raises(Fenced):
            await inbox.replay()
        assert await owner.replay() == 1

    async def test_an_effect_that_fails_parks_its_record_and_nothing_else(self, store: Store) -> None:
        effects = Offers(refuse={envelope("a", 1).stream})
        inbox = await member(store, effects)
        await inbox.receive([event(0, "b", 1), event(1, "a", 1), event(2, "b", 2), event(3, "a", 2)])
        assert await effects_of(store, "b") == [1, 2]
        assert await reasons(store) == [(1, "effect:ZeroDivisionError"), (3, "behind")]
        effects.refuse.clear()
        await request_replay(store, Place(TOPIC, 3, 1), "li.na", "repaired")
        await inbox.replay()
        assert await effects_of(store, "a") == [1, 2]

    async def test_what_a_discard_freed_and_fails_holds_its_stream_only(self, store: Store) -> None:
        """The replay blames it, and no later record releases it again: the partition goes on."""
        effects = Offers(fail={(envelope("a", 1).stream, 3)})
        inbox = await member(store, effects)
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        assert await inbox.replay() == 0
        await inbox.receive([event(3, "a", 4), event(4, "b", 1)])
        assert await reasons(store) == [(2, FAILED), (3, "behind")]
        assert (await effects_of(store, "a"), await effects_of(store, "b")) == ([1], [1])
        effects.fail.clear()
        await request_replay(store, Place(TOPIC, 3, 2), "li.na", "repaired")
        assert await inbox.replay() == 2
        assert await effects_of(store, "a") == [1, 3, 4]

    async def test_a_later_record_is_not_blamed_for_one_that_it_releases(self, store: Store) -> None:
        """As before, but the next record comes before anybody replays."""
        inbox = await member(store, Offers(fail={(envelope("a", 1).stream, 3)}))
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        await inbox.receive([event(3, "a", 4), event(4, "b", 1)])
        assert await reasons(store) == [(2, FAILED), (3, "behind")]
        assert await effects_of(store, "b") == [1]
        await discard(store, Place(TOPIC, 3, 2), "li.na", "not to be repaired")
        assert await inbox.replay() == 1
        assert await effects_of(store, "a") == [1, 4]

    async def test_a_record_that_closes_a_gap_is_not_blamed_for_what_waited(self, store: Store) -> None:
        inbox = await member(store, Offers(fail={(envelope("a", 1).stream, 3)}))
        await inbox.receive([event(0, "a", 1), event(1, "a", 3), event(2, "a", 4)])
        await inbox.receive([event(3, "a", 2)])
        assert await effects_of(store, "a") == [1, 2]
        assert await reasons(store) == [(1, FAILED), (2, "behind")]

    async def test_a_replay_blames_only_the_record_that_fails(self, store: Store) -> None:
        inbox = await member(store, Offers(fail={(envelope("a", 1).stream, 4)}))
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3), event(3, "a", 4)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        assert await inbox.replay() == 1
        await inbox.receive([event(4, "a", 5)])
        assert await effects_of(store, "a") == [1, 3]
        assert await reasons(store) == [(3, FAILED), (4, "behind")]

    async def test_a_discard_looks_at_all_that_waits_before_it_decides(self, store: Store) -> None:
        """So it locks rows in the order in which inbox and replay lock them."""
        inbox = await member(store)
        await inbox.receive([poison(0, "a"), poison(1, "a"), event(2, "a", 3)])
        order: list[str] = []
        await discard(Watched(store, order), Place(TOPIC, 3, 1), "li.na", TORN)
        assert order == ["waiting", "settle", "settle"]

    async def test_an_unknown_kind_stops_the_partition_where_figures_depend_on_it(self, store: Store) -> None:
        inbox = await member(store, Offers(unknown="stop"))
        stopped: list[Arrival] = [event(0, "a", 1), unknown(1, "a", 2), event(2, "b", 1)]
        with pytest.raises(Halted) as halt:
            await inbox.receive([*stopped, event(0, "c", 1, partition=4)])
        assert (halt.value.partition, halt.value.offset) == ((TOPIC, 3), 1)
        assert (await effects_of(store, "a"), await effects_of(store, "b")) == ([1], [])
        assert await effects_of(store, "c") == [1]
        assert (await store.stored(TOPIC, 3), await store.stored(TOPIC, 4)) == (1, 1)
        assert await store.parked("PENDING") == []

    async def test_more_than_one_percent_of_a_thousand_records_parked_stops_the_consumer(
        self, store: Store
    ) -> None:
        inbox = await member(store)
        sound = [event(offset, offset, 1) for offset in range(989)]
        await inbox.receive([*sound, *[poison(offset, f"p{offset}") for offset in range(989, 999)]])
        with pytest.raises(Halted, match="dead_letter_budget"):
            await inbox.receive([poison(999, "p999")])
        assert len(await store.parked("PENDING")) == 11

    async def test_records_that_wait_behind_one_poison_do_not_use_up_the_budget(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([poison(0, "a"), *[event(version, "a", version) for version in range(1, 1200)]])
        assert len(await store.parked("PENDING", 5000)) == 1200

    async def test_a_command_that_was_faster_only_makes_the_batch_start_again(self, store: Store) -> None:
        inbox = await member(store, Interrupted(store))
        await inbox.receive([event(0, "a", 1)])
        assert len(await store.read(f"dispute-{envelope('a', 1).matter}")) == 2
        assert await store.parked("PENDING") == []

    async def test_a_command_that_was_faster_only_makes_the_replay_start_again(self, store: Store) -> None:
        """What a discard freed did not fail by it, so it does not go back to waiting for a decision."""
        effects = Interrupted(store, interrupted=True)
        inbox = await member(store, effects)
        await inbox.receive([event(0, "a", 1), poison(1, "a"), event(2, "a", 3), event(3, "a", 4)])
        await discard(store, Place(TOPIC, 3, 1), "li.na", TORN)
        effects.interrupted = False
        assert await inbox.replay() == 2
        assert await effects_of(store, "a") == [1, 99, 3, 4]
        assert await listed(store) == []

    async def test_a_replay_that_is_overtaken_again_and_again_stays_requested(self, store: Store) -> None:
        class Overtaken(Offers):
            async def apply(self, tx: Any, envelopes: Any) -> None:
                raise ConcurrencyConflict("a")

        inbox = await member(store, Overtaken())
        await inbox.receive([poison(0, "a"), event(1, "a", 2)])
        await discard(store, Place(TOPIC, 3, 0), "li.na", TORN)
        with pytest.raises(Unavailable):
            await inbox.replay()
        assert [row.offset for row in await store.parked("REPLAY_REQUESTED")] == [1]
        assert await (await member(store, generation=2)).replay() == 1

    async def test_every_parked_record_is_listed_with_where_it_came_from(self, store: Store) -> None:
        inbox = await member(store)
        await inbox.receive([poison(0, "a"), event(1, "a", 2)])
        rows = await listed(store)
        assert [(row.topic, row.partition, row.offset, row.reason) for row in rows] == [
            (TOPIC, 3, 0, "json"),
            (TOPIC, 3, 1, "behind"),
        ]
        assert rows[0].trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"


async def somebody_commands(store: Store) -> None:
    """A person's command on the stream that the batch is working on."""
    await execute(store, sample, stream("a"), Offer("v99"), cause(), must_exist=False)


class Interrupted(Offers):
    """Effects that a person's command overtakes, once, before they are committed."""

    def __init__(self, store: Store, *, interrupted: bool = False) -> None:
        super().__init__()
        self._store = store
        self.interrupted = interrupted

    async def apply(self, tx: Any, envelopes: Any) -> None:
        await super().apply(tx, envelopes)
        if not self.interrupted:
            self.interrupted = True
            await somebody_commands(self._store)


class Meddled:
    """A store where somebody does something, once, as a batch is about to look at what waits."""

    def __init__(self, store: Store, deed: Callable[[], Awaitable[None]]) -> None:
        self._store, self._deeds = store, [deed]
        self.parked = store.parked

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._store.begin() as tx:
            yield _Looking(tx, self._deeds)


class _Looking:
    def __init__(self, tx: Any, deeds: list[Callable[[], Awaitable[None]]]) -> None:
        self._tx, self._deeds = tx, deeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    async def waiting(self, stream: str) -> Any:
        if self._deeds:
            await self._deeds.pop()()
        return await self._tx.waiting(stream)


class Watched:
    """A store that notes in which order rows are locked."""

    def __init__(self, store: Store, order: list[str]) -> None:
        self._store, self._order = store, order
        self.parked = store.parked

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._store.begin() as tx:
            yield _Noting(tx, self._order)


class _Noting:
    def __init__(self, tx: Any, order: list[str]) -> None:
        self._tx, self._order = tx, order

    async def waiting(self, stream: str) -> Any:
        self._order.append("waiting")
        return await self._tx.waiting(stream)

    async def settle(self, *decision: Any) -> None:
        self._order.append("settle")
        await self._tx.settle(*decision)
