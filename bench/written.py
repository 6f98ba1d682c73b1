"""Logs on the run's broker: cases of `story`, written once and read by every mode."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
    log = empty(place, cases, partitions)
    fill_all(place, log)
    return log


def empty(place: Place, cases: int, partitions: int = 12) -> Written:
    """Topics for so many cases, nothing in them yet."""
    prefix = place.topics(partitions, *(f"case.{stage}" for stage in STAGES))
    return Written(place.bootstrap, prefix, partitions, cases)


def fill_all(place: Place, log: Written) -> None:
    """Write every case; two processes with half of the cases each."""
    half = log.cases // 2
    told = {"bootstrap": log.bootstrap, "prefix": log.prefix}
    with ThreadPoolExecutor(2) as pool:
        parts = [
            pool.submit(place.task, "bench.written:fill", None, **told, first=first, last=last)
            for first, last in ((0, half), (half, log.cases))
        ]
        for part in parts:
            part.result()


def fill(bootstrap: str, prefix: str, first: int, last: int) -> Sample:
    """Publish every record of these cases as a relay would, in the process of a task."""
    cases = range(first, last)
    return timed(len(cases) * EVENTS_A_CASE, lambda: asyncio.run(_publish(bootstrap, prefix, cases)))


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
