"""Live against rebuilt, row for row: a digest per bucket, and the rows where digests differ."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.events.postgres.session import Connection
from services.metrics.rows import COLUMNS

SHOWN = 20
"""Differing matters that are looked at one by one."""

_DIGESTS = """
SELECT get_byte(uuid_send(matter), 15) AS bucket, count(*) AS rows,
  concat(sum(hashtextextended(row::text, 0)::numeric), ':', sum(hashtextextended(row::text, 1)::numeric))
    AS digest
FROM {table} AS row GROUP BY 1
"""
_HASHES = """
SELECT matter::text, hashtextextended(row::text, 0) AS hash FROM {table} AS row
WHERE get_byte(uuid_send(matter), 15) = ANY($1::int[])
"""
_ROWS = "SELECT * FROM {table} WHERE matter = ANY($1::uuid[])"

Digests = Mapping[int, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A matter whose rows are not the same: the columns that differ, or the side that has no row."""

    matter: str
    columns: tuple[str, ...]
    missing: str | None = None


async def digests(connection: Connection, table: str) -> Digests:
    """Rows and digest per bucket of a table; the order of rows does not matter."""
    rows = await connection.fetch(_DIGESTS.replace("{table}", table))
    return {row["bucket"]: (row["rows"], row["digest"]) for row in rows}


def differing(live: Digests, rebuilt: Digests) -> list[int]:
    """The buckets that are not the same."""
    return sorted(
        bucket for bucket in live.keys() | rebuilt.keys() if live.get(bucket) != rebuilt.get(bucket)
    )


def fingerprint(found: Digests) -> str:
    """One short text for a whole table, to be compared by eye."""
    text = "\n".join(f"{bucket} {rows} {digest}" for bucket, (rows, digest) in sorted(found.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def hashes(connection: Connection, table: str, buckets: list[int]) -> dict[str, int]:
    """The hash of each row in some buckets."""
    rows = await connection.fetch(_HASHES.replace("{table}", table), buckets)
    return {row["matter"]: row["hash"] for row in rows}


async def full(connection: Connection, table: str, matters: list[str]) -> dict[str, Any]:
    """Whole rows by matter."""
    rows = await connection.fetch(_ROWS.replace("{table}", table), matters)
    return {str(row["matter"]): row for row in rows}


def unlike(live: Mapping[str, int], rebuilt: Mapping[str, int]) -> list[str]:
    """The matters whose hashes differ."""
    return sorted(
        matter for matter in live.keys() | rebuilt.keys() if live.get(matter) != rebuilt.get(matter)
    )


def difference(matter: str, live: Mapping[str, Any] | None, rebuilt: Mapping[str, Any] | None) -> Difference:
    """What is not the same about one matter."""
    if live is None or rebuilt is None:
        return Difference(matter, (), "live" if live is None else "rebuilt")
    return Difference(matter, tuple(name for name in COLUMNS if live[name] != rebuilt[name]))
