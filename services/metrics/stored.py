"""Rows of the read model: read back as matters, and written, a batch of them by one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from libs.events.jsontext import to_json
from libs.events.postgres.session import Connection
from libs.events.store import Consumed
from services.metrics import statements
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, restore, row

Kept = dict[str, Any]
"""Rows by matter, read once for a batch; None where there is none yet."""


class Look(NamedTuple):
    """What a batch needs to know of the read model: `kept` rows, of table `home`."""

    home: int
    troubled: bool
    kept: Kept
    versions: Mapping[str, int]


async def write(connection: Connection, changed: Iterable[Matter], table: str) -> None:
    """Upsert the rows of these matters in one statement."""
    await connection.execute(statements.upsert(table), _as_json(changed))


async def write_at_once(
    connection: Connection, look: Look, changed: Iterable[Matter], moves: Sequence[Consumed], table: str
) -> bool:
    """The same with the offsets in one statement; False: nothing was done."""
    offsets = map(list, zip(*sorted(moves), strict=True))
    statement, written = statements.at_once(table), _as_json(changed)
    return bool(await connection.fetchval(statement, *offsets, look.home, written))


def _as_json(matters: Iterable[Matter]) -> str:
    """Rows as `statements.upsert` takes them; a column that is left out is NULL."""
    rows = [
        {name: value for name, value in zip(COLUMNS, row(matter), strict=True) if value is not None}
        for matter in matters
    ]
    return to_json(rows).decode()


async def look_at(connection: Connection, streams: Sequence[str], table: str) -> Look:
    """Everything that has to be known before a batch is folded, in one answer."""
    matters = sorted({matter_of(stream) for stream in streams})
    rows = await connection.fetch(statements.look(table), matters, streams)
    kept = {**dict.fromkeys(matters), **{stored["matter"]: stored for stored in rows if stored["matter"]}}
    return Look(rows[0]["home"], rows[0]["troubled"], kept, versions(streams, kept))


async def rows_of(connection: Connection, ids: Collection[str], table: str) -> Kept:
    """The rows of these matters."""
    rows = await connection.fetch(statements.load(table), sorted(ids)) if ids else []
    return {**dict.fromkeys(ids), **{stored["matter"]: stored for stored in rows}}


async def loaded(
    connection: Connection, ids: Collection[str], table: str, kept: Kept | None = None
) -> dict[str, Matter]:
    """The folded state of these matters; a new one for those the table does not have."""
    known = kept or {}
    known = {**known, **await rows_of(connection, set(ids) - known.keys(), table)}
    return {matter: restored(matter, known[matter]) for matter in ids}


def restored(matter: str, stored: Any) -> Matter:
    """The folded state in a row; a new one where there is none."""
    if stored is None:
        return Matter(matter)
    return restore(matter, stored["parts"], (stored["report_log"], stored["case_log"], stored["dispute_log"]))


def matter_of(stream: str) -> str:
    """`<matter>` of `<prefix>-<matter>`."""
    return stream.partition("-")[2]


def versions(streams: Iterable[str], kept: Kept) -> dict[str, int]:
    """The newest folded version per stream; those without one are left out."""
    found = {stream: _version(stream, kept[matter_of(stream)]) for stream in streams}
    return {stream: version for stream, version in found.items() if version}


def _version(stream: str, stored: Any) -> int:
    return int(stored[f"{stream.partition('-')[0]}_version"]) if stored is not None else 0
