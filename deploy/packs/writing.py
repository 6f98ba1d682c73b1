"""Writes a pack folder, byte for byte the same for the same edition, whoever publishes or exports it."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import yaml

from libs.reference import COLUMNS, TABLES, Header, Row, Table, Tables
from libs.reference.chunks import ordered
from libs.reference.manifest import calendar_record
from libs.reference.tables import CALENDAR, HEADER, PACK_FILE, file_of

CALENDAR_FILE = "calendar.yaml"


def write_pack(folder: Path, tables: Tables, header: Header) -> list[Path]:
    """Write every file of the pack into the folder, made if need be, and say which."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {file_of(table): _csv(table, tables.get(table, ())) for table in TABLES if table != CALENDAR}
    named = {**header, "calendar": CALENDAR_FILE}
    texts[PACK_FILE] = _yaml({name: named[name] for name in HEADER if named.get(name)})
    record = calendar_record(tables)
    texts[CALENDAR_FILE] = _yaml({name: record[name] for name in sorted(record, key=_place)})
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in sorted(texts)]


def _place(name: str) -> tuple[bool, str]:
    """What names the calendar stands on top, its notices below."""
    return name == "notices", name


def _csv(table: Table, rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS[table])
    for row in ordered(table, rows):
        writer.writerow([row.get(column, "") for column in COLUMNS[table]])
    return text.getvalue()


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110)
