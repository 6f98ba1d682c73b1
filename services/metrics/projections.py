"""The live projector: what a consumed batch does to the read model, in the transaction of its offsets."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, Protocol

from libs.events.codec import decode_fast
from libs.events.errors import Undecodable
from libs.events.fast import Fast
from libs.events.postgres.session import Connection
from services.metrics import statements
from services.metrics.fold import fold, misplaced
from services.metrics.matter import Matter
from services.metrics.rows import restore, row

LIVE = "matters"
Kept = dict[str, Any]
"""Rows by matter, read once for a batch; None where there is none yet."""


class Batch(Protocol):
    """The part of the inbox's transaction that a read model uses."""

    @property
    def connection(self) -> Connection: ...

    @property
    def kept(self) -> Kept: ...


class Projection:
    """Effects of the inbox (`libs.events.inbox`).

    An unknown kind stops the partition: a figure that leaves events out would be wrong unseen.
    """

    unknown: Literal["stop"] = "stop"

    def decode(self, record: bytes) -> Fast:
        """Raises Undecodable or UnknownKind."""
        return read(record)

    async def applied(self, tx: Batch, streams: Sequence[str]) -> dict[str, int]:
        """The newest folded version per stream, from the rows themselves: a swap cannot part them."""
        tx.kept.update(await _stored(tx.connection, {_matter(stream) for stream in streams}, LIVE))
        versions = {stream: _version(stream, tx.kept[_matter(stream)]) for stream in streams}
        return {stream: version for stream, version in versions.items() if version}

    async def apply(self, tx: Batch, envelopes: Sequence[Fast]) -> None:
        """Fold the batch in memory, then write each touched matter once."""
        await project(tx.connection, envelopes, tx.kept)
        tx.kept.clear()


def read(record: bytes) -> Fast:
    """One record as the fold takes it; a kind on a stream of another stage is nobody's fact."""
    event = decode_fast(record)
    if misplaced(event):
        raise Undecodable("stream")
    return event


async def project(connection: Connection, events: Sequence[Fast], kept: Kept) -> None:
    """Apply events, each the next of its stream, to the live matters; rows that were `kept` are not read."""
    if not events:
        return
    touched = await loaded(connection, {event.subject for event in events}, LIVE, kept)
    for event in events:
        fold(touched[event.subject], event)
    await write(connection, touched.values(), LIVE)


async def write(connection: Connection, changed: Iterable[Matter], table: str) -> None:
    """Upsert the rows of these matters in one statement."""
    rows = [row(matter) for matter in changed]
    await connection.execute(statements.upsert(table), *map(list, zip(*rows, strict=True)))


async def loaded(
    connection: Connection, ids: Collection[str], table: str, kept: Kept | None = None
) -> dict[str, Matter]:
    """The folded state of these matters; a new one for those the table does not have."""
    known = kept or {}
    known = {**known, **await _stored(connection, set(ids) - known.keys(), table)}
    return {matter: _restored(matter, known[matter]) for matter in ids}


async def _stored(connection: Connection, ids: Collection[str], table: str) -> Kept:
    rows = await connection.fetch(statements.load(table), sorted(ids)) if ids else []
    return {**dict.fromkeys(ids), **{stored["matter"]: stored for stored in rows}}


def _restored(matter: str, stored: Any) -> Matter:
    if stored is None:
        return Matter(matter)
    return restore(matter, stored["parts"], (stored["report_log"], stored["case_log"], stored["dispute_log"]))


def _matter(stream: str) -> str:
    return stream.partition("-")[2]


def _version(stream: str, stored: Any) -> int:
    return int(stored[f"{stream.partition('-')[0]}_version"]) if stored is not None else 0
