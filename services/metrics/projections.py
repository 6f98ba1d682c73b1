"""The live projector: what a consumed batch does to the read model, in the transaction of its offsets."""

from collections.abc import Iterable, Sequence
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


class Batch(Protocol):
    """The part of the inbox's transaction that a read model uses."""

    @property
    def connection(self) -> Connection: ...


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
        rows = await tx.connection.fetch(statements.VERSIONS, sorted({_matter(stream) for stream in streams}))
        known = {item["matter"]: item for item in rows}
        versions = {stream: _version(stream, known.get(_matter(stream))) for stream in streams}
        return {stream: version for stream, version in versions.items() if version}

    async def apply(self, tx: Batch, envelopes: Sequence[Fast]) -> None:
        """Fold the batch in memory, then write each touched matter once."""
        await project(tx.connection, envelopes, LIVE)


def read(record: bytes) -> Fast:
    """One record as the fold takes it; a kind on a stream of another stage is nobody's fact."""
    event = decode_fast(record)
    if misplaced(event):
        raise Undecodable("stream")
    return event


async def project(connection: Connection, events: Sequence[Fast], table: str) -> None:
    """Apply events, each the next of its stream, to the matters of a table."""
    if not events:
        return
    touched = await loaded(connection, {event.subject for event in events}, table)
    for event in events:
        fold(touched[event.subject], event)
    await write(connection, touched.values(), table)


async def write(connection: Connection, changed: Iterable[Matter], table: str) -> None:
    """Upsert the rows of these matters in one statement."""
    rows = [row(matter) for matter in changed]
    await connection.execute(statements.upsert(table), *map(list, zip(*rows, strict=True)))


async def loaded(connection: Connection, ids: Iterable[str], table: str) -> dict[str, Matter]:
    """The folded state of these matters; a new one for those the table does not have."""
    found = {matter: Matter(matter) for matter in ids}
    for stored in await connection.fetch(statements.load(table), sorted(found)):
        logs = (stored["report_log"], stored["case_log"], stored["dispute_log"])
        found[stored["matter"]] = restore(stored["matter"], stored["parts"], logs)
    return found


def _matter(stream: str) -> str:
    return stream.partition("-")[2]


def _version(stream: str, stored: Any) -> int:
    return int(stored[f"{stream.partition('-')[0]}_version"]) if stored is not None else 0
