"""A stage's event table against its topic: the same events, byte for byte, each stream in its order (R1)."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from libs.events.codec import decode_fast
from libs.events.errors import Undecodable
from libs.events.kafka import end_offsets
from libs.events.postgres.session import Connection, Guards, committed, connected
from libs.events.verification.findings import Findings
from libs.events.verification.topic import Held, Version, digest, held

GUARDS = Guards("verify", deadline=3600.0, lock=10.0, statement=3600.0)
_EVENTS = """
DECLARE every_event NO SCROLL CURSOR FOR
SELECT position, matter, stream, version, kind, record FROM events WHERE starts_with(stream, $1)
ORDER BY stream, version
"""
_PAGE = "FETCH 2000 FROM every_event"
_SINCE = "SELECT record FROM events WHERE stream = $1 AND version = $2"
REACTS = "SYS"
"""The role under which a stage reacts to another one's facts."""
SPOKEN = (".sla_warned", ".sla_breached", ".deadline_recalculated")
"""Kinds by which time speaks: one event may make several clocks of a matter speak, each by its reading."""


@asynccontextmanager
async def snapshot(dsn: str) -> AsyncIterator[Connection]:
    """One unchanging view of a database while its service goes on. Raises Unavailable."""
    async with connected(dsn, GUARDS) as connection, committed(connection):
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection


async def verify_stage(name: str, dsn: str, bootstrap: str, topic: str, prefix: str) -> Findings:
    """Compare both while the stage works: what waits to be published may be missing on the topic.

    `prefix`: the streams that go to this topic; intake's reference data has a topic of its own.
    """
    findings = Findings(f"{name}: events against {topic}")
    async with snapshot(dsn) as connection:
        rows = await connection.fetch("SELECT position FROM outbox")
        waiting = {row["position"] for row in rows}
        ends = await end_offsets(bootstrap, [topic])
        topic_holds = await held(bootstrap, prefix, ends, findings)
        findings.checked["records"] = sum(ends.values())
        table = _Table(findings, topic_holds, waiting)
        await connection.execute(_EVENTS, f"{prefix}-")
        while page := await connection.fetch(_PAGE):
            for row in page:
                table.take(row)
    findings.checked |= {"events": table.events, "waiting to be published": table.unpublished}
    table.judge_effects()
    await _judge_the_rest(dsn, topic_holds, findings)
    return findings


async def records_on(bootstrap: str, topics: Sequence[str]) -> int:
    """How many records the topics hold. Raises Unavailable."""
    return sum((await end_offsets(bootstrap, topics)).values())


@dataclass
class _Table:
    """The pass over the rows, in the order of streams and versions."""

    findings: Findings
    topic: Held
    waiting: set[int]
    events: int = 0
    unpublished: int = 0
    last: Version = ("", 0)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, row: Any) -> None:
        """Number, row against record, record against topic."""
        self.events += 1
        version: Version = row["stream"], row["version"]
        expected = self.last[1] + 1 if self.last[0] == version[0] else 1
        if version[1] != expected:
            self.findings.add("version_gap", version[0], f"version {expected} is missing in events")
        self.last = version
        self._look_into(row, f"{version[0]}@{version[1]}")
        published = self.topic.records.pop(version, None)
        place = f"{version[0]}@{version[1]}"
        if published is None and row["position"] in self.waiting:
            self.unpublished += 1
        elif published is None:
            self.findings.add(
                "missing_on_topic", place, "the event is stored, and the topic does not hold it"
            )
        elif published != digest(row["record"]):
            self.findings.add("changed_bytes", place, "the topic holds other bytes than events")

    def _look_into(self, row: Any, place: str) -> None:
        try:
            event = decode_fast(row["record"])
        except Undecodable as refusal:
            self.findings.add("row_disagrees", place, f"the stored record is no event: {refusal.reason}")
            return
        named = (row["stream"], row["version"], row["kind"], row["matter"])
        if named != (event.stream, event.version, event.kind, UUID(event.subject)):
            self.findings.add("row_disagrees", place, "the columns name another event than the record")
        if event.actor_role == REACTS and not event.kind.endswith(SPOKEN):
            self.effects[str(event.causation_id), event.kind] += 1

    def judge_effects(self) -> None:
        """One fact of another stage leads to one fact of a kind here (R2)."""
        for (cause, kind), count in self.effects.items():
            if count > 1:
                self.findings.add("effect_twice", cause, f"this event led to {kind} {count} times")


async def _judge_the_rest(dsn: str, topic: Held, findings: Findings) -> None:
    """What only the topic holds: appended since the snapshot, or nobody's."""
    async with snapshot(dsn) as connection:
        for (stream, version), found in sorted(topic.records.items()):
            record = await connection.fetchval(_SINCE, stream, version)
            if record is None or digest(record) != found:
                findings.add("not_in_events", f"{stream}@{version}", "the topic holds it, events does not")
