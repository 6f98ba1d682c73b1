"""What can be asked of the read model. A figure is read in one snapshot with its as-of position."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from libs.events.errors import UnknownStream
from libs.events.postgres.session import Connection, committed
from services.metrics.definitions import Definition
from services.metrics.indicators import Figure, reconcile
from services.metrics.selection import (
    By,
    Page,
    Selection,
    Side,
    counted,
    figures,
    newest_first,
    put_off,
    single,
)
from services.metrics.tables import matters, offsets, rendered

_ONE_STATE = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE matters IN ACCESS SHARE MODE
"""

Record = Mapping[str, Any]
Position = dict[str, dict[str, int]]
"""Topic to partition to the next offset: everything below it is in the answer (indicators E1 rule 6)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure, its groups (key None: no organisation carries them) and the position it holds at.

    `policies` and `calendars`: the versions that its deadlines were computed with; none where it has none.
    `deferred`: what was put off and is not in it, where the figure knows such a thing.
    """

    figure: Figure
    groups: list[tuple[str | None, Figure]]
    as_of: Position
    policies: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    deferred: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that is asked for, by group where `by` names what they have in common."""

    definition: Definition
    by: By | None = None
    switch: str | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """Reads of the metrics database through connections of `use`."""

    use: Callable[[], AbstractAsyncContextManager[Connection]]

    async def version(self, stream: str) -> int:
        """The newest version of a stream that the rows reflect; 0 when unknown."""
        prefix, _, matter = stream.partition("-")
        column = matters.c[f"{prefix}_version"]
        async with self.use() as connection:
            found = await _rows(connection, sa.select(column).where(matters.c.matter == UUID(matter)))
        return int(found[0][0]) if found else 0

    async def count(
        self, definition: Definition, switch: str | None, chosen: Selection, by: By | None
    ) -> Counted:
        """The figure and its groups. Raises PartsDiffer when they disagree (E1 rule 18)."""
        return (await self.counts([Asked(definition, by, switch)], chosen))[0]

    async def counts(self, asked: Sequence[Asked], chosen: Selection) -> Sequence[Counted]:
        """Several figures of one selection, all as of the same position. Raises PartsDiffer."""
        async with self._snapshot() as connection:
            as_of = await _position(connection)
            return [await _count(connection, one, chosen, as_of) for one in asked]

    async def behind(
        self, definition: Definition, switch: str | None, side: Side, chosen: Selection, page: Page
    ) -> Sequence[Record]:
        """The matters behind one side of a figure, oldest first, one row more than the page holds."""
        flags = definition.base(switch) if side == "denominator" else definition.top(switch)
        async with self.use() as connection:
            return await _rows(connection, counted(definition, flags, chosen, page))

    async def list(self, chosen: Selection, page: Page) -> Sequence[Record]:
        """Matters, newest first, one row more than the page holds."""
        async with self.use() as connection:
            return await _rows(connection, newest_first(chosen, page))

    async def one(self, matter: UUID, visible_to: str | None) -> tuple[Record, Sequence[Record]]:
        """A matter and its parked records. Raises UnknownStream, also for one the caller may not see.

        One statement, so one state: where it waited for a swap, PostgreSQL looks the table up again.
        """
        sql, values = single(matter, visible_to)
        async with self.use() as connection:
            found: Sequence[Any] = await connection.fetch(sql, *values)
        if not found:
            raise UnknownStream
        return found[0], [row for row in found if row["stream"] is not None]

    async def position(self) -> Position:
        """How far everything is applied."""
        async with self.use() as connection:
            return await _position(connection)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Connection]:
        """Several statements, one state. The lock comes first, so that a swap is seen whole or not."""
        async with self.use() as connection, committed(connection):
            await connection.execute(_ONE_STATE)
            yield connection


async def _rows(connection: Connection, statement: sa.ClauseElement) -> Sequence[Any]:
    sql, values = rendered(statement)
    return await connection.fetch(sql, *values)


async def _count(connection: Connection, asked: Asked, chosen: Selection, as_of: Position) -> Counted:
    it = (asked.definition, asked.switch, chosen)
    whole = (await _rows(connection, figures(*it, None)))[0]
    parts = await _rows(connection, figures(*it, asked.by)) if asked.by else []
    figure, *others = (_pair(row, asked.definition.unit) for row in (whole, *parts))
    if asked.by is not None:
        reconcile(figure, others)
    groups = [(part["key"], pair) for part, pair in zip(parts, others, strict=True)]
    deferred = await _deferred(connection, asked.definition, chosen)
    return Counted(figure, groups, as_of, _named(whole, "policies"), _named(whole, "calendars"), deferred)


def _pair(row: Any, unit: str) -> Figure:
    return Figure(row["numerator"], row["denominator"], unit)


async def _deferred(connection: Connection, definition: Definition, chosen: Selection) -> int | None:
    if definition.deferred is None:
        return None
    found = await _rows(connection, put_off(definition, definition.deferred, chosen))
    return int(found[0]["deferred"])


def _named(whole: Any, name: str) -> tuple[str, ...]:
    """The versions in a row, sorted; none when nothing was counted or the figure has none."""
    return tuple(sorted(whole.get(name) or ()))


async def _position(connection: Connection) -> Position:
    position: Position = {}
    order = (offsets.c.topic, offsets.c.partition)
    for row in await _rows(connection, sa.select(offsets).order_by(*order)):
        position.setdefault(row["topic"], {})[str(row["partition"])] = row["next_offset"]
    return position
