"""Reactions: ordinary commands in the transaction of the consumed batch."""

from libs.events.envelope import Envelope
from libs.events.inbox import Inbox
from libs.events.memory import MemoryStore
from libs.events.reactions import SYSTEM, Reaction, Reactions
from libs.events.recording import Origin
from tests.conformance.arrivals import PREFIX_OF, TOPIC, envelope, event
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
