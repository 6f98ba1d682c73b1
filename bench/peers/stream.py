"""FastStream's batch subscriber, reading our log into a dictionary: a read model in memory."""

import asyncio
import secrets
import time
from datetime import datetime
from typing import Any

from faststream.kafka import KafkaBroker
from pydantic import BaseModel


class Event(BaseModel):
    """What its users declare: a pydantic model of the message. Less of it than our contracts check."""

    type: str
    stream: str
    streamversion: int
    subject: str
    time: datetime
    actorid: str
    data: dict[str, Any]


def batches(bootstrap: str, topics: list[str], events: int) -> dict[str, Any]:
    """Consume the whole log; timed from the first batch to the last."""
    return asyncio.run(_batches(bootstrap, topics, events))


async def _batches(bootstrap: str, topics: list[str], events: int) -> dict[str, Any]:
    broker = KafkaBroker(bootstrap, logger=None)
    state: dict[str, dict[str, Any]] = {}
    times: list[float] = []
    seen, done = 0, asyncio.Event()

    @broker.subscriber(
        *topics, batch=True, max_records=5000, group_id=secrets.token_hex(4), auto_offset_reset="earliest"
    )
    async def handle(batch: list[Event]) -> None:
        nonlocal seen
        times.append(time.perf_counter())
        for event in batch:
            one = state.setdefault(event.subject, {})
            one[event.stream] = event.streamversion
            one["status"], one["last"], one["by"] = event.type, event.time, event.actorid
        seen += len(batch)
        times.append(time.perf_counter())
        if seen >= events:
            done.set()

    await broker.start()
    await asyncio.wait_for(done.wait(), 600)
    await broker.stop()
    assert seen == events, seen
    return {"work": events, "seconds": times[-1] - times[0], "side": {}}
