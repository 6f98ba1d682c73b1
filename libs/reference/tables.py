"""The tables of a pack of reference data: their names, their columns, and how their rows are ordered.

Raw rows are what a CSV file gives: every value text, `""` where nothing stands. The calendar travels as a
table of one row, `record`, the JSON of its edition (ecosystem section 2).
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

Table = Literal[
    "organisations",
    "grids",
    "posts",
    "people",
    "categories",
    "duty",
    "limits",
    "codes",
    "risks",
    "local_days",
    "calendar",
]
Row = dict[str, str]
Tables = Mapping[Table, Sequence[Row]]
Header = Mapping[str, str]
"""What stands in `pack.yaml`, as text: see HEADER."""

TABLES: Final[tuple[Table, ...]] = get_args(Table)
CALENDAR: Final[Table] = "calendar"
RECORD: Final = "record"
HEADER: Final = ("city", "name", "jurisdiction", "version", "effective_at", "calendar", "amber", "note")
PACK_FILE: Final = "pack.yaml"

_PERIOD = ("valid_from", "valid_to")
COLUMNS: Final[Mapping[Table, tuple[str, ...]]] = {
    "organisations": ("code", "name", "type", "parent", "hours", *_PERIOD),
    "grids": ("code", "name", "org", "kind", "person", *_PERIOD),
    "posts": ("code", "name", "org", *_PERIOD),
    "people": ("user", "org", "post", "roles", *_PERIOD),
    "categories": ("code", "name", "parent", *_PERIOD),
    "duty": ("category", "area", "lead", "assists", *_PERIOD),
    "limits": ("clock", "category", "urgency", "limit", "amber", "source", *_PERIOD),
    "codes": ("table", "code", "label", *_PERIOD),
    "risks": ("colour", "label", "meaning", *_PERIOD),
    "local_days": ("org", "day", "hours"),
    "calendar": (RECORD,),
}
KEYS: Final[Mapping[Table, tuple[str, ...]]] = {
    "organisations": ("code",),
    "grids": ("code",),
    "posts": ("code",),
    "people": ("user", "org", "post"),
    "categories": ("code",),
    "duty": ("category", "area"),
    "limits": ("clock", "category", "urgency"),
    "codes": ("table", "code"),
    "risks": ("colour",),
    "local_days": ("org", "day"),
    "calendar": (),
}
"""What a row speaks of; with a period it says when."""


def key(table: Table, row: Row) -> tuple[str, ...]:
    """What this row speaks of."""
    return tuple(row.get(column, "") for column in KEYS[table])


def file_of(table: Table) -> str:
    """The file of a pack folder that holds this table."""
    return PACK_FILE if table == CALENDAR else f"{table}.csv"
