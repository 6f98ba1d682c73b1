"""A consumer against the topics it reads: where it says it is, and what it says it applied (R2, R3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.events.kafka import end_offsets
from libs.events.postgres.session import Connection
from libs.events.reading import Partition
from libs.events.verification.findings import Findings
from libs.events.verification.table import snapshot
from libs.events.verification.topic import held


@dataclass(frozen=True)
class _Beliefs:
    """What the consumer's database says, in one snapshot. `odd`: streams with records ever set aside."""

    offsets: Mapping[Partition, int]
    applied: Mapping[str, int]
    odd: frozenset[str]


async def verify_inbox(
    name: str, dsn: str, bootstrap: str, prefix_of: Mapping[str, str], *, versions: bool = True
) -> Findings:
    """Compare while the consumer works. `versions=False`: a read model that has no table `applied`."""
    findings = Findings(f"{name}: inbox against {', '.join(sorted(prefix_of))}")
    async with snapshot(dsn) as connection:
        beliefs = await _beliefs(connection, list(prefix_of), versions=versions)
    ends = await end_offsets(bootstrap, sorted(prefix_of))
    for place, offset in sorted(beliefs.offsets.items()):
        if offset > ends.get(place, 0):
            where = f"{place[0]}/{place[1]}"
            findings.add("offset_ahead", where, f"stands at {offset}, the log ends at {ends.get(place, 0)}")
    findings.checked["partitions"] = len(beliefs.offsets)
    if versions:
        await _judge_versions(beliefs, bootstrap, prefix_of, ends, findings)
    return findings


async def _beliefs(connection: Connection, topics: list[str], *, versions: bool) -> _Beliefs:
    rows = await connection.fetch(
        "SELECT topic, partition, next_offset FROM offsets WHERE topic = ANY($1::text[])", topics
    )
    applied: list[Any] = await connection.fetch("SELECT stream, version FROM applied") if versions else []
    odd = await connection.fetch("SELECT DISTINCT stream FROM parked WHERE stream IS NOT NULL")
    return _Beliefs(
        {(row["topic"], row["partition"]): row["next_offset"] for row in rows},
        {row["stream"]: row["version"] for row in applied},
        frozenset(row["stream"] for row in odd),
    )


async def _judge_versions(
    beliefs: _Beliefs,
    bootstrap: str,
    prefix_of: Mapping[str, str],
    ends: Mapping[Partition, int],
    findings: Findings,
) -> None:
    """Applied must be exactly as far as the records before the stored offsets lead.

    Where records were set aside, people decided; there only the log's own end is a limit.
    """
    findings.checked["streams"] = 0
    for topic, prefix in sorted(prefix_of.items()):
        upto = {
            place: min(offset, ends.get(place, 0))
            for place, offset in beliefs.offsets.items()
            if place[0] == topic
        }
        sent = await held(bootstrap, prefix, upto, Findings(topic))
        mine = {stream: at for stream, at in beliefs.applied.items() if stream.startswith(f"{prefix}-")}
        findings.checked["streams"] += len(mine)
        for stream in sorted(sent.reached.keys() | mine.keys()):
            _judge(stream, mine.get(stream, 0), sent.reached.get(stream, 0), beliefs.odd, findings)


def _judge(stream: str, applied: int, sent: int, odd: frozenset[str], findings: Findings) -> None:
    if applied > sent and stream not in odd:
        findings.add("applied_ahead", stream, f"applied up to {applied}, but was sent up to {sent}")
    if applied < sent and stream not in odd:
        findings.add("applied_behind", stream, f"was sent up to {sent}, but applied up to {applied}")
