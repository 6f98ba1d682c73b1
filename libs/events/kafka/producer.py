"""The producer that is replaced as soon as it is in doubt: what it had is still in the outbox."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from libs.events.clock import jittered
from libs.events.errors import Unavailable
from libs.events.kafka.calm import cancelled_from_outside, finished, quieten, reachable
from libs.events.kafka.placing import hashed_all
from libs.events.kafka.sending import send
from libs.events.store import OutboxRecord

log = structlog.get_logger("producer")

PATIENCE = 10.0
"""Seconds until a publication without an answer counts as failed."""
AGAIN = 0.1
"""Seconds of pause before the next try while the broker is away; whoever calls pauses longer."""
BATCH_BYTES = 512 * 1024
REQUEST_BYTES = 1024 * 1024

Wave = dict[TopicPartition, Any]
"""A batch per partition."""


class Producer:
    """Publishes batches: idempotent, acknowledged by all replicas, zstd.

    After a graceful stop of the broker with sends pending, aiokafka's sender asks for metadata without
    any pause (measured: 87 % of a core), and after an outage it can stay dead (aiokafka #1017). So a
    producer whose send failed, took too long or lost its leader is closed, and a new one is made when
    the port answers again.
    """

    def __init__(self, bootstrap: str, *, client_id: str = "bihuan", patience: float = PATIENCE) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._patience = patience
        self._one_at_a_time = asyncio.Lock()
        self._producer: Any = None
        self._failing = False
        self._partitions: dict[str, Sequence[TopicPartition]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Prepare; connecting waits for the first publication, so a service starts while Kafka is away."""
        quieten()

    async def stop(self) -> None:
        """Close the connection and wait for producers given up before."""
        self._give_up()
        if self._closing:
            await asyncio.wait(set(self._closing))

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        """Send in order and return when every record is acknowledged. Raises Unavailable.

        After Unavailable some records may be in the log; sending all of them again is right.
        """
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._patience):
                    await self._publish(records)
            except asyncio.CancelledError:
                self._give_up()
                if cancelled_from_outside():
                    raise
                raise Unavailable("kafka") from None
            except (KafkaError, OSError) as failure:  # TimeoutError is an OSError
                if not self._failing:
                    log.warning("publish.failed", why=type(failure).__name__)
                self._failing = True
                self._give_up()
                raise Unavailable("kafka") from failure
            if self._failing:
                log.info("publish.works_again")
            self._failing = False

    async def _publish(self, records: Sequence[OutboxRecord]) -> None:
        producer = self._producer or await self._connect()
        for wave in await self._waves(producer, records):
            await send(producer, wave)

    async def _connect(self) -> Any:
        if not await reachable(self._bootstrap):
            await asyncio.sleep(jittered(AGAIN))
            raise ConnectionError("nobody answers at the bootstrap address")
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            compression_type="zstd",
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=int(self._patience * 1000),
        )
        await self._producer.start()
        await self._producer._txn_manager.wait_for_pid()
        return self._producer

    async def _waves(self, producer: Any, records: Sequence[OutboxRecord]) -> Sequence[Wave]:
        """Every record in batches near half a megabyte, in order per partition; one wave after another."""
        waves: list[Wave] = []
        placed: dict[TopicPartition, int] = {}
        places = {topic: await self._places(producer, topic) for topic in {it.topic for it in records}}
        for record, number in zip(records, hashed_all([it.key for it in records]), strict=True):
            here = places[record.topic]
            place = here[number % len(here)]
            last = placed.get(place, -1)
            if last < 0 or not _add(waves[last][place], record):
                placed[place] = last = last + 1
                if last == len(waves):
                    waves.append({})
                waves[last][place] = batch = producer.create_batch()
                _add(batch, record)
        return waves

    async def _places(self, producer: Any, topic: str) -> Sequence[TopicPartition]:
        """The partitions of a topic by number, as every Kafka client's default chooses among them."""
        known = self._partitions.get(topic)
        if known is None:
            count = len(await producer.partitions_for(topic))
            known = self._partitions[topic] = [TopicPartition(topic, number) for number in range(count)]
        return known

    def _give_up(self) -> None:
        """Close the present producer in the background; its sender is cancelled, not waited for."""
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is None:
            return
        sender = getattr(producer._sender, "sender_task", None)
        if sender is not None:
            sender.cancel()
        task = asyncio.create_task(finished("producer", producer.stop()))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _add(batch: Any, record: OutboxRecord) -> bool:
    added = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
    return added is not None
