"""Copies the evidence from the real places: databases, topics, read model, figures, and a rebuild."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from libs.events.kafka.topics import end_offsets, read_partition
from services.metrics.folding import Log
from services.metrics.rebuild import Options, Outcome, rebuild
from tests.chaos import journal
from tests.chaos.evidence import (
    PREFIX,
    TOPIC,
    Consumer,
    Evidence,
    Figure,
    Place,
    Published,
    Row,
    Stored,
)

CODES = ("CLOSE_RATE", "RESOLVE_RATE")


@dataclass(frozen=True)
class Places:
    """Where to look: the broker, each service's database, metrics' address and a token for it."""

    bootstrap: str
    dsn: Mapping[str, str]
    metrics_url: str
    token: str
    journals: tuple[Path, ...]


async def gather(places: Places) -> Evidence:
    """Everything, after quiet. The rebuild runs in a thread, because it brings its own event loop."""
    events = [stored for stage in PREFIX for stored in await events_of(stage, places.dsn[stage])]
    ends = await end_offsets(places.bootstrap, TOPIC.values())
    outcome = await rebuilt(places)
    return Evidence(
        entries=journal.read(places.journals),
        events=tuple(events),
        topics=tuple(
            [record for place, end in ends.items() for record in await _records(places, place, end)]
        ),
        ends=ends,
        answers={k: v for stage in PREFIX for k, v in (await _answers(places.dsn[stage])).items()},
        consumers=await consumers(places.dsn),
        rows=tuple(await _rows(places.dsn["metrics"])),
        figures=tuple([await _figure(places, code) for code in CODES]),
        live_digest=f"{outcome.digest} but {outcome.differing} rows" if outcome.differing else outcome.digest,
        rebuilt_digest=outcome.digest,
    )


async def rebuilt(places: Places) -> Outcome:
    """A rebuild beside the live read model, compared and thrown away."""
    options = Options(places.dsn["metrics"], Log(places.bootstrap), processes=1, verify=True)
    return await asyncio.to_thread(rebuild, options)


async def events_of(stage: str, dsn: str) -> list[Stored]:
    """The `events` table of a stage, in position order."""
    rows = await fetch(dsn, "SELECT stream, version, kind, record FROM events ORDER BY position")
    return [_stored(stage, row) for row in rows]


async def consumers(dsn: Mapping[str, str]) -> dict[str, Consumer]:
    """What each service has consumed, and what waits in it."""
    return {name: await _consumer(name, place) for name, place in dsn.items()}


async def fetch(dsn: str, question: str) -> list[Any]:
    """One question on a connection of its own."""
    connection = await asyncpg.connect(dsn, timeout=5.0)
    try:
        return list(await connection.fetch(question))
    finally:
        await connection.close()


def _stored(stage: str, row: Any) -> Stored:
    document = json.loads(row["record"])
    return Stored(
        stage=stage,
        stream=row["stream"],
        version=row["version"],
        kind=row["kind"],
        id=document["id"],
        causation=document["causationid"],
        record=row["record"],
        data=document["data"],
    )


async def _records(places: Places, place: Place, end: int) -> list[Published]:
    pages = read_partition(places.bootstrap, *place, 0, end)
    return [
        Published(*place, offset, key or b"", record or b"")
        async for page in pages
        for offset, key, record in page
    ]


async def _answers(dsn: str) -> dict[str, str]:
    rows = await fetch(dsn, "SELECT key, headers FROM idempotency")
    return {row["key"]: dict(json.loads(row["headers"]))["position"] for row in rows}


async def _consumer(name: str, dsn: str) -> Consumer:
    offsets = await fetch(dsn, "SELECT topic, partition, next_offset FROM offsets")
    waiting = await fetch(dsn, "SELECT stream, topic FROM parked WHERE state = 'PENDING'")
    queued = 0 if name == "metrics" else (await fetch(dsn, "SELECT count(*) FROM outbox"))[0][0]
    return Consumer(
        offsets={(row["topic"], row["partition"]): row["next_offset"] for row in offsets},
        applied=await _applied(name, dsn),
        pending=tuple(row["stream"] or row["topic"] for row in waiting),
        queued=queued,
    )


async def _applied(name: str, dsn: str) -> dict[str, int]:
    """In metrics the versions stand in the rows of the read model."""
    if name != "metrics":
        rows = await fetch(dsn, "SELECT stream, version FROM applied")
        return {row["stream"]: row["version"] for row in rows}
    found: dict[str, int] = {}
    for row in await _rows(dsn):
        found |= {f"{part}-{row.matter}": version for part, version in row.versions.items() if version}
    return found


async def _rows(dsn: str) -> list[Row]:
    rows = await fetch(
        dsn,
        "SELECT matter::text, report_version, case_version, dispute_version, case_counted, dispute_counted"
        " FROM matters",
    )
    return [
        Row(
            row["matter"],
            {part: row[f"{part}_version"] for part in PREFIX.values()},
            row["case_counted"],
            row["dispute_counted"],
        )
        for row in rows
    ]


async def _figure(places: Places, code: str) -> Figure:
    async with httpx.AsyncClient(base_url=places.metrics_url, timeout=15.0) as http:
        bearer = {"authorization": f"Bearer {places.token}"}
        answer = await http.get(f"/v1/indicators/{code}", params={"by": "channel"}, headers=bearer)
    body = answer.raise_for_status().json()
    return Figure(code, body["denominator"], tuple(group["denominator"] for group in body["groups"]))
