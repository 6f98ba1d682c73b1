"""`verify` finds each corruption that is put in, names it, and finds nothing where nothing is wrong (R13)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import asyncpg
import pytest

from libs.events.codec import decode, encode
from libs.events.contracts.mediation import SlaBreached
from libs.events.envelope import Actor, Envelope
from libs.events.inbox import Inbox
from libs.events.kafka import Producer, end_offsets, read_partition
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import Append, OutboxRecord
from libs.events.verification import Findings, verify_inbox, verify_stage
from tests.conformance.arrivals import Arrival
from tests.conformance.samples import NOON, cause, matter, offer, offers, stream, ticking
from tests.conftest import TopicFactory

NAMES = ["a", "b", "c"]


@dataclass
class Backbone:
    """A stage that published three streams of three events, and a consumer that applied them all."""

    dsn: str
    consumer_dsn: str
    bootstrap: str
    topic: str
    store: PostgresStore
    producer: Producer

    async def publish(self, *records: tuple[object, bytes]) -> None:
        """Put records on the topic behind the relay's back."""
        await self.producer.publish(
            [OutboxRecord(0, self.topic, _key(name), value) for name, value in records]
        )

    async def relay(self) -> None:
        while await Relay(self.store, self.producer.publish).relay_once():
            pass

    async def tamper(self, statement: str, *values: object, dsn: str | None = None) -> None:
        """As somebody with every right to the database would."""
        connection = await asyncpg.connect(dsn or self.dsn)
        try:
            await connection.execute("SET session_replication_role = replica")  # no trigger objects
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def stage(self) -> Findings:
        return await verify_stage("mediation", self.dsn, self.bootstrap, self.topic, "dispute")

    async def inbox(self) -> Findings:
        return await verify_inbox("dispatch", self.consumer_dsn, self.bootstrap, {self.topic: "dispute"})


def _key(name: object) -> bytes:
    return str(matter(name)).encode()


class Nothing:
    """Effects that only remember versions."""

    unknown: Literal["park"] = "park"

    def decode(self, record: bytes) -> Envelope:
        return decode(record)

    async def applied(self, tx: Any, streams: Sequence[str]) -> dict[str, int]:
        versions: dict[str, int] = await tx.applied(streams)
        return versions

    async def apply(self, tx: Any, envelopes: Sequence[Envelope]) -> None:
        await tx.advance({event.stream: event.version for event in envelopes})


@pytest.fixture
async def backbone(
    new_database: Callable[[], str], kafka_bootstrap: str, topics: TopicFactory
) -> AsyncIterator[Backbone]:
    dsn, consumer_dsn, topic = new_database(), new_database(), topics("case.mediation", 2)
    await upgrade(dsn)
    await upgrade(consumer_dsn)
    store = PostgresStore(dsn, Origin("/bihuan/test/mediation", topic))
    made = Backbone(dsn, consumer_dsn, kafka_bootstrap, topic, store, Producer(kafka_bootstrap))
    await store.append([offers(name, count=3) for name in NAMES])
    await made.relay()
    await consume(made)
    yield made
    await made.producer.stop()
    await store.close()


async def consume(backbone: Backbone) -> None:
    """Apply everything that is on the topic."""
    store = PostgresStore(backbone.consumer_dsn, Origin("/bihuan/test/dispatch", "case.dispatch"))
    inbox: Inbox[Any] = Inbox(store, Nothing(), {backbone.topic: "dispute"})
    ends = await end_offsets(backbone.bootstrap, [backbone.topic])
    starts = await inbox.claim(list(ends), 1)
    for (topic, partition), end in ends.items():
        async for page in read_partition(backbone.bootstrap, topic, partition, starts[topic, partition], end):
            await inbox.receive([Arrival(at, value, key, partition, topic) for at, key, value in page])
    await store.close()


def event(name: object, version: int, by: str = "u9") -> bytes:
    return encode(Envelope("/bihuan/test/mediation", stream(name), version, offer(by), cause(), NOON))


async def test_where_nothing_is_wrong_nothing_is_found(backbone: Backbone) -> None:
    await backbone.publish(("a", event("a", 1)))  # not the stored bytes: this one is found below
    await backbone.store.append([offers("late")])
    found, heard = await backbone.stage(), await backbone.inbox()
    assert found.counts == {"changed_bytes": 1}
    assert heard.proven
    assert found.checked == {"records": 10, "events": 10, "waiting to be published": 1}
    assert heard.checked["streams"] == 3


async def test_the_same_bytes_twice_are_no_finding(backbone: Backbone) -> None:
    async with backbone.store.use() as connection:
        record = await connection.fetchval("SELECT record FROM events WHERE stream = $1 LIMIT 1", stream("a"))
    await backbone.publish(("a", record))
    await consume(backbone)
    assert (await backbone.stage()).proven
    assert (await backbone.inbox()).proven


Damage = Callable[[Backbone], Awaitable[None]]


async def lose_a_record(backbone: Backbone) -> None:
    await backbone.store.append([offers("lost")])
    await backbone.tamper("DELETE FROM outbox")


async def add_a_record(backbone: Backbone) -> None:
    await backbone.publish(("stranger", event("stranger", 1)))


async def change_an_event(backbone: Backbone) -> None:
    await backbone.tamper(
        "UPDATE events SET record = $3 WHERE stream = $1 AND version = $2", stream("a"), 2, event("a", 2)
    )


async def lose_a_row(backbone: Backbone) -> None:
    await backbone.tamper("DELETE FROM events WHERE stream = $1 AND version = 2", stream("b"))


async def lose_the_newest_row(backbone: Backbone) -> None:
    await backbone.tamper("DELETE FROM events WHERE stream = $1 AND version = 3", stream("b"))


async def mislabel_a_row(backbone: Backbone) -> None:
    await backbone.tamper("UPDATE events SET kind = 'mediation.agreed' WHERE stream = $1", stream("c"))


async def publish_out_of_order(backbone: Backbone) -> None:
    await backbone.store.append([offers("turned", count=2)])
    async with backbone.store.use() as connection:
        rows = await connection.fetch(
            "SELECT record FROM events WHERE stream = $1 ORDER BY version DESC", stream("turned")
        )
    await backbone.publish(*[("turned", row["record"]) for row in rows])
    await backbone.tamper("DELETE FROM outbox")


async def publish_rubbish(backbone: Backbone) -> None:
    await backbone.publish(("a", b"{"))


async def react_twice(backbone: Backbone) -> None:
    system = replace(cause(), actor=Actor("system", "street-1", "SYS"))
    await backbone.store.append([Append(stream("d"), 0, (offer("x"), offer("x")), (system,))])
    await backbone.relay()


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (lose_a_record, {"missing_on_topic": 1}),
        (add_a_record, {"not_in_events": 1}),
        (change_an_event, {"changed_bytes": 1}),
        (lose_a_row, {"version_gap": 1, "not_in_events": 1}),
        (lose_the_newest_row, {"not_in_events": 1}),
        (mislabel_a_row, {"row_disagrees": 3}),
        (publish_out_of_order, {"wrong_order": 1}),
        (publish_rubbish, {"unreadable_record": 1}),
        (react_twice, {"effect_twice": 1}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_each_damage_of_a_stage_is_named(
    backbone: Backbone, damage: Damage, kinds: dict[str, int]
) -> None:
    await damage(backbone)
    found = await backbone.stage()
    assert found.counts == kinds
    assert all(finding.place and finding.detail for finding in found.shown)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE offsets SET next_offset = next_offset + 5", "offset_ahead"),
        ("UPDATE applied SET version = 4 WHERE stream = (SELECT min(stream) FROM applied)", "applied_ahead"),
        ("UPDATE applied SET version = 2 WHERE stream = (SELECT min(stream) FROM applied)", "applied_behind"),
        ("DELETE FROM applied WHERE stream = (SELECT min(stream) FROM applied)", "applied_behind"),
    ],
)
async def test_each_damage_of_an_inbox_is_named(backbone: Backbone, statement: str, kind: str) -> None:
    await backbone.tamper(statement, dsn=backbone.consumer_dsn)
    assert set((await backbone.inbox()).counts) == {kind}


async def test_a_consumer_that_lags_is_no_finding(backbone: Backbone) -> None:
    await backbone.store.append([offers("new", count=2)])
    await backbone.relay()
    assert (await backbone.inbox()).proven
    assert (await backbone.stage()).proven


async def test_several_clocks_that_speak_in_one_event_are_no_effect_twice(backbone: Backbone) -> None:
    by_time = replace(cause(), actor=Actor("system", "street-1", "SYS"))
    spoken = tuple(
        SlaBreached(clock=clock.clock, due_at=NOON, clocks=(clock,))
        for clock in (ticking("PERIOD", breached=True), ticking("CONFIRMATION", breached=True))
    )
    await backbone.store.append([Append(stream("t"), 0, spoken, (by_time,))])
    await backbone.relay()
    found = await backbone.stage()
    assert found.proven, found.shown
