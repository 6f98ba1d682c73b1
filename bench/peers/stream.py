"""FastStream's batch subscriber, reading our log into a dictionary: a read model in memory."""

import asyncio
import json
import secrets
import time
from datetime import datetime
from typing import Any

from faststream.kafka import KafkaBroker
from pydantic import BaseModel


class Event(BaseModel):
    """What its users declare: a pydantic model of the message. It checks less than our contracts do."""

    type: str
    stream: str
    streamversion: int
    subject: str
    time: datetime
    actorid: str
    data: dict[str, Any]


async def _decoded(message: Any) -> list[Any]:
    """The library decodes `application/json` only; our records are `application/cloudevents+json`."""
    return [json.loads(body) for body in message.body]


def batches(bootstrap: str, topics: list[str], events: int) -> dict[str, Any]:
    """Consume the log; timed from the end of the first batch: joining the group does not count."""
    return asyncio.run(_batches(bootstrap, topics, events))


async def _batches(bootstrap: str, topics: list[str], events: int) -> dict[str, Any]:
    broker = KafkaBroker(bootstrap, logger=None)
    state: dict[str, dict[str, Any]] = {}
    ends: list[tuple[float, int]] = []
    seen, done = 0, asyncio.Event()

    @broker.subscriber(
        *topics,
        batch=True,
        max_records=5000,
        group_id=secrets.token_hex(4),
        auto_offset_reset="earliest",
        decoder=_decoded,
    )
    async def handle(batch: list[Event]) -> None:
        nonlocal seen
        ends.append((time.perf_counter(), seen))
        for event in batch:
            one = state.setdefault(event.subject, {})
            one[event.stream] = event.streamversion
            one["status"], one["last"], one["by"] = event.type, event.time, event.actorid
        seen += len(batch)
        ends.append((time.perf_counter(), seen))
        if seen >= events:
            done.set()

    await broker.start()
    await asyncio.wait_for(done.wait(), 600)
    await broker.stop()
    assert seen == events, seen
    first = ends[1 if len(ends) > 2 else 0]
    return {"work": seen - first[1], "seconds": ends[-1][0] - first[0], "side": {}}
