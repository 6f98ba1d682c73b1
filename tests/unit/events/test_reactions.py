"""Reactions: ordinary commands in the transaction of the consumed batch."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from libs.events.awaiting import Editions
from libs.events.codec import encode
from libs.events.deadletter import Place, request_replay
from libs.events.envelope import Envelope
from libs.events.errors import EditionAwaited
from libs.events.inbox import Inbox
from libs.events.memory import MemoryStore
from libs.events.reactions import SYSTEM, Reaction, Reactions
from libs.events.recording import Origin
from libs.reference import Library
from tests.conformance.arrivals import PREFIX_OF, TOPIC, Arrival, envelope, event, key
from tests.conformance.samples import NOON, Offer, sample, stream


def react(heard: Envelope) -> list[Reaction]:
    return [Reaction(f"dispute-{heard.matter}", Offer(f"v{heard.version}"))]


async def heard(store: MemoryStore, count: int) -> list[str]:
    """The rules that refused while so many events of matter `a` were received."""
    refused: list[str] = []
    effects = Reactions(sample, {TOPIC: react}, rejected=refused.append)
    inbox = Inbox(store, effects, PREFIX_OF)
    await inbox.claim([(TOPIC, 3)], 1)
    await inbox.receive([event(offset, "a", offset + 1) for offset in range(count)])
    return refused


def stage() -> MemoryStore:
    return MemoryStore(Origin("/bihuan/test/mediation", "case.mediation"))


async def test_each_event_leads_to_its_command_once_and_in_order() -> None:
    store = stage()
    assert await heard(store, 3) == []
    assert [recorded.version for recorded in await store.read(stream("a"))] == [1, 2, 3]


async def test_a_refused_reaction_is_acknowledged_and_counted() -> None:
    """The sample stage takes three offers; the world moved on for the rest."""
    store = stage()
    assert await heard(store, 5) == ["sample.too_many_offers"] * 2
    assert len(await store.read(stream("a"))) == 3
    assert await store.parked("PENDING") == []
    assert (await store.stored(TOPIC, 3), await store.applied(envelope("a", 1).stream)) == (5, 5)


async def test_what_follows_keeps_the_chain_of_causes() -> None:
    store = stage()
    await heard(store, 1)
    cause, origin = (await store.read(stream("a")))[0].cause, envelope("a", 1)
    assert cause.command_id == origin.id
    assert cause.correlation_id == origin.cause.correlation_id
    assert cause.traceparent == origin.cause.traceparent
    assert (cause.at, cause.actor.user, cause.actor.org) == (NOON, SYSTEM, origin.cause.actor.org)


# Editions of reference data that are not known here yet


class Shelf(Library):
    """A library that knows editions by name only."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = set(names)

    def knows(self, name: str) -> bool:
        return name in self.names


def ruled(offset: int, name: str, version: int, edition: str | None) -> Arrival:
    """An event that was decided under an edition."""
    plain = envelope(name, version)
    named = replace(plain, cause=replace(plain.cause, policy_version=edition))
    return Arrival(offset, encode(named), key(name))


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def waiting(store: MemoryStore, shelf: Shelf, seconds: Seconds) -> Inbox[Any]:
    effects = Reactions(sample, {TOPIC: react}, editions=Editions(shelf, 30.0, seconds))
    inbox: Inbox[Any] = Inbox(store, effects, PREFIX_OF)
    await inbox.claim([(TOPIC, 3)], 1)
    return inbox


async def test_a_batch_waits_for_the_edition_that_it_names_and_goes_on_when_it_arrives() -> None:
    store, shelf = stage(), Shelf("e1")
    inbox = await waiting(store, shelf, Seconds())
    batch = [ruled(0, "a", 1, "e1"), ruled(1, "b", 1, "e2"), ruled(2, "c", 1, "none")]
    for _ in range(3):
        with pytest.raises(EditionAwaited):
            await inbox.receive(batch)
    assert await store.stored(TOPIC, 3) == 0
    assert await store.parked("PENDING") == []
    shelf.names.add("e2")
    await inbox.receive(batch)
    assert [len(await store.read(stream(name))) for name in "abc"] == [1, 1, 1]


async def test_after_the_wait_only_what_needs_the_edition_is_set_aside_and_can_be_replayed() -> None:
    store, shelf, seconds = stage(), Shelf("e1"), Seconds()
    inbox = await waiting(store, shelf, seconds)
    with pytest.raises(EditionAwaited):
        await inbox.receive([ruled(0, "a", 1, "e1"), ruled(1, "b", 1, "e2")])
    seconds.now = 31.0
    await inbox.receive([ruled(0, "a", 1, "e1"), ruled(1, "b", 1, "e2"), ruled(2, "b", 2, None)])
    assert [len(await store.read(stream(name))) for name in "ab"] == [1, 0]
    pending = [(row.offset, row.reason) for row in await store.parked("PENDING")]
    assert pending == [(1, "reference"), (2, "behind")]
    shelf.names.add("e2")
    await request_replay(store, Place(TOPIC, 3, 1), "li.na", "the edition is there")
    assert await inbox.replay() == 2
    assert len(await store.read(stream("b"))) == 2
    assert await store.parked("PENDING") == []


async def test_a_replay_while_the_edition_is_still_missing_goes_back_to_waiting_and_holds_nobody_up() -> None:
    store, shelf, seconds = stage(), Shelf(), Seconds()
    inbox = await waiting(store, shelf, seconds)
    with pytest.raises(EditionAwaited):
        await inbox.receive([ruled(0, "b", 1, "e2")])
    seconds.now = 31.0
    await inbox.receive([ruled(0, "b", 1, "e2")])
    await request_replay(store, Place(TOPIC, 3, 0), "li.na", "too early")
    assert await inbox.replay() == 0
    assert [row.state for row in await store.parked("PENDING")] == ["PENDING"]
