"""What differs between two sets of tables, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.reference.tables import COLUMNS, TABLES, Row, Table, Tables, key

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that is there in both, with the columns that differ."""

    name: Name
    columns: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one table gained, lost and changed. A row is known by its key and its first day."""

    table: Table
    added: Sequence[Name]
    removed: Sequence[Name]
    changed: Sequence[Changed]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(old: Tables, new: Tables) -> list[Difference]:
    """The tables that differ; empty when both say the same."""
    return [found for table in TABLES if (found := _table(table, old.get(table, ()), new.get(table, ())))]


def _table(table: Table, old: Sequence[Row], new: Sequence[Row]) -> Difference:
    was = {_name(table, row): row for row in old}
    now = {_name(table, row): row for row in new}
    changed = [
        Changed(name, columns)
        for name in sorted(was.keys() & now.keys())
        if (columns := _columns(table, was[name], now[name]))
    ]
    return Difference(table, sorted(now.keys() - was.keys()), sorted(was.keys() - now.keys()), changed)


def _name(table: Table, row: Row) -> Name:
    since = row.get("valid_from", "")
    return (*key(table, row), since) if since else key(table, row)


def _columns(table: Table, was: Row, now: Row) -> dict[str, tuple[str, str]]:
    pairs = {column: (was.get(column, ""), now.get(column, "")) for column in COLUMNS[table]}
    return {column: (before, after) for column, (before, after) in pairs.items() if before != after}
