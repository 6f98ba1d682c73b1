"""The live projector: what a consumed batch does to the read model, in the transaction of its offsets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from libs.events.codec import decode_fast
from libs.events.errors import Undecodable
from libs.events.fast import Fast
from libs.events.jsontext import to_json
from libs.events.postgres.session import Connection
from libs.events.store import Consumed
from services.metrics import statements
from services.metrics.fold import fold, misplaced
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, restore, row

LIVE = "matters"
Kept = dict[str, Any]
"""Rows by matter, read once for a batch; None where there is none yet."""


class Batch(Protocol):
    """The part of the inbox's transaction that a read model uses."""

    @property
    def connection(self) -> Connection: ...

    @property
    def kept(self) -> Kept: ...


class Look(NamedTuple):
    """What a batch needs to know of the read model: `kept` rows, of table `home`."""

    home: int
    troubled: bool
    kept: Kept
    versions: Mapping[str, int]


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
        return _versions(streams, tx.kept)

    async def apply(self, tx: Batch, envelopes: Sequence[Fast]) -> None:
        """Fold the batch in memory, then write each touched matter once."""
        await project(tx.connection, envelopes, tx.kept)
        tx.kept.clear()

    async def look(self, connection: Connection, streams: Sequence[str]) -> Look:
        """Everything that has to be known before a batch is folded, in one answer."""
        matters = sorted({_matter(stream) for stream in streams})
        rows = await connection.fetch(statements.look(LIVE), matters, streams)
        kept = {**dict.fromkeys(matters), **{stored["matter"]: stored for stored in rows if stored["matter"]}}
        return Look(rows[0]["home"], rows[0]["troubled"], kept, _versions(streams, kept))

    async def at_once(
        self, connection: Connection, look: Look, events: Sequence[Fast], moves: Sequence[Consumed]
    ) -> bool:
        """Fold the batch over what was looked at; write rows and offsets in one statement, or nothing."""
        touched = {matter: _restored(matter, stored) for matter, stored in look.kept.items()}
        _fold_all(events, touched)
        offsets = map(list, zip(*sorted(moves), strict=True))
        statement, written = statements.at_once(LIVE), _as_json(touched.values())
        return bool(await connection.fetchval(statement, *offsets, look.home, written))


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
    _fold_all(events, touched)
    await write(connection, touched.values(), LIVE)


async def write(connection: Connection, changed: Iterable[Matter], table: str) -> None:
    """Upsert the rows of these matters in one statement."""
    await connection.execute(statements.upsert(table), _as_json(changed))


def _as_json(matters: Iterable[Matter]) -> str:
    """Rows as `statements.upsert` takes them; a column that is left out is NULL."""
    rows = [
        {name: value for name, value in zip(COLUMNS, row(matter), strict=True) if value is not None}
        for matter in matters
    ]
    return to_json(rows).decode()


def _fold_all(events: Iterable[Fast], matters: Mapping[str, Matter]) -> None:
    for event in events:
        fold(matters[event.subject], event)


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


def _versions(streams: Iterable[str], kept: Kept) -> dict[str, int]:
    versions = {stream: _version(stream, kept[_matter(stream)]) for stream in streams}
    return {stream: version for stream, version in versions.items() if version}


def _version(stream: str, stored: Any) -> int:
    return int(stored[f"{stream.partition('-')[0]}_version"]) if stored is not None else 0
