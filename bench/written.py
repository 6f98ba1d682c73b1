"""Logs on the run's broker: cases of `story`, written once and read by every mode."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bench.measure import Sample, timed
from bench.place import Place
from bench.story import EVENTS_A_CASE, Record, records
from libs.events.kafka import Producer
from libs.events.store import OutboxRecord
from services.metrics.folding import Log

STAGES = {"intake": "report", "dispatch": "case", "mediation": "dispute"}
BATCH = 5000
HEADERS = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)


@dataclass(frozen=True)
class Written:
    """The three stage topics of one log, and how many cases it tells of."""

    bootstrap: str
    prefix: str
    partitions: int
    cases: int

    @property
    def events(self) -> int:
        """Records in all topics together."""
        return self.cases * EVENTS_A_CASE

    @property
    def topics(self) -> dict[str, str]:
        """Topic to stream prefix."""
        return {f"{self.prefix}case.{stage}": prefix for stage, prefix in STAGES.items()}

    @property
    def log(self) -> Log:
        """As a rebuild takes it."""
        return Log(self.bootstrap, self.topics)


def write(place: Place, cases: int, partitions: int = 12) -> Written:
    """Write a log of so many cases."""
    prefix = place.topics(partitions, *(f"case.{stage}" for stage in STAGES))
    place.task("bench.written:fill", bootstrap=place.bootstrap, prefix=prefix, cases=cases)
    return Written(place.bootstrap, prefix, partitions, cases)


def fill(bootstrap: str, prefix: str, cases: int) -> Sample:
    """Publish every record as a relay would, in the process of a task."""
    return timed(cases * EVENTS_A_CASE, lambda: asyncio.run(_publish(bootstrap, prefix, range(cases))))


async def _publish(bootstrap: str, prefix: str, cases: Iterable[int]) -> None:
    producer = Producer(bootstrap, patience=60.0)
    await producer.start()
    for batch in _batches(records(cases)):
        await producer.publish([queued(f"{prefix}case.{one.stage}", one) for one in batch])
    await producer.stop()


def queued(topic: str, record: Record) -> OutboxRecord:
    """The record as a relay reads it from its list."""
    return OutboxRecord(0, topic, record.key, record.value, HEADERS)


def _batches(found: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(found, BATCH)):
        yield batch
