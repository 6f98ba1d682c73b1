"""Reads a pack folder. What cannot be read is a fault like any other; nothing stops at the first."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from libs.reference import COLUMNS, TABLES, Fault, Row, Table, validate
from libs.reference.manifest import calendar_row
from libs.reference.tables import CALENDAR, PACK_FILE, file_of

CALENDARS = Path(__file__).parents[1] / "calendars"


@dataclass
class Pack:
    """The tables and the header of a pack, and what already went wrong while reading it."""

    header: dict[str, str] = field(default_factory=dict)
    tables: dict[Table, list[Row]] = field(default_factory=dict)
    unreadable: list[Fault] = field(default_factory=list)

    def faults(self) -> list[Fault]:
        """Everything that is wrong; empty when the pack may be published."""
        return sorted({*self.unreadable, *validate(self.tables, self.header)})

    def fault(self, file: str, row: int, column: str, rule: str, detail: str = "") -> None:
        """Note what could not be read."""
        self.unreadable.append(Fault(file, row, column, rule, detail))


def read_pack(folder: Path) -> Pack:
    """The pack of a folder; its faults say what could not be read."""
    pack = Pack()
    text = _text(pack, folder / PACK_FILE, PACK_FILE)
    if text is not None:
        pack.header = _header(pack, text)
    for table in TABLES:
        if table != CALENDAR:
            _table(pack, table, folder)
    _calendar(pack, folder)
    return pack


def _text(pack: Pack, path: Path, file: str) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        pack.fault(file, 0, "", "missing_file", file)
    except (OSError, UnicodeDecodeError):
        pack.fault(file, 0, "", "unreadable_file", file)
    return None


def _header(pack: Pack, text: str) -> dict[str, str]:
    """Every value as it is written: a code of digits is no number, an instant no local time."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        node = None
    if not isinstance(node, yaml.MappingNode):
        pack.fault(PACK_FILE, 0, "", "unreadable_file", PACK_FILE)
        return {}
    header: dict[str, str] = {}
    for key, value in node.value:
        if not isinstance(value, yaml.ScalarNode):
            pack.fault(PACK_FILE, key.start_mark.line + 1, str(key.value), "malformed_value")
        else:
            header[str(key.value)] = "" if value.tag.endswith(":null") else value.value
    return header


def _table(pack: Pack, table: Table, folder: Path) -> None:
    file = file_of(table)
    text = _text(pack, folder / file, file)
    if text is None:
        return
    try:
        lines = [
            [value.strip() for value in line]
            for line in csv.reader(io.StringIO(text, newline=""), strict=True)
        ]
    except csv.Error:
        pack.fault(file, 0, "", "unreadable_file", file)
        return
    while lines and not any(lines[-1]):
        lines.pop()
    columns = lines[0] if lines else []
    _columns(pack, table, columns)
    pack.tables[table] = [_row(pack, file, number, columns, line) for number, line in enumerate(lines[1:], 2)]


def _columns(pack: Pack, table: Table, columns: Sequence[str]) -> None:
    file = file_of(table)
    for column in COLUMNS[table]:
        if column not in columns:
            pack.fault(file, 1, column, "missing_column", column)
    for column in {column for column in columns if columns.count(column) > 1}:
        pack.fault(file, 1, column, "duplicate_column", column)


def _row(pack: Pack, file: str, number: int, columns: Sequence[str], values: Sequence[str]) -> Row:
    if len(values) != len(columns):
        pack.fault(file, number, "", "wrong_number_of_fields", str(len(values)))
    padded = [*values, *[""] * (len(columns) - len(values))]
    return dict(zip(columns, padded, strict=False))


def _calendar(pack: Pack, folder: Path) -> None:
    """`calendar` is a file beside `pack.yaml`, or the name of a calendar that the product ships."""
    named = pack.header.get("calendar", "")
    if not named:
        return
    shipped = CALENDARS / f"{named}.yaml"
    path = shipped if shipped.parent == CALENDARS and shipped.exists() else folder / named
    text = _text(pack, path, named)
    if text is None:
        return
    try:
        record = yaml.safe_load(text)
    except yaml.YAMLError:
        record = None
    if isinstance(record, Mapping):
        pack.tables[CALENDAR] = [calendar_row(record)]
    else:
        pack.fault(named, 0, "", "unreadable_file", named)
