"""A pack is published whole or not at all: every fault of every file is found, none hides another."""

from collections.abc import Iterator

from libs.reference.calendars import calendar_faults
from libs.reference.columns import FIELDS, HEADER_FIELDS
from libs.reference.crossing import references, roles_of_grids
from libs.reference.faults import Fault
from libs.reference.lines import Line, lines
from libs.reference.periods import periods
from libs.reference.tables import COLUMNS, PACK_FILE, Header, Table, Tables, file_of
from libs.reference.tree import tree


def validate(tables: Tables, header: Header) -> list[Fault]:
    """All faults of a pack, by file, row and field; an empty list means that it may be published."""
    pack = {table: lines(table, tables.get(table, ())) for table in FIELDS}
    found = {
        *_header(header),
        *(fault for table in FIELDS for fault in _columns(table, tables)),
        *(fault for table in FIELDS for line in pack[table] for fault in _fields(line)),
        *periods(pack),
        *tree(pack, header.get("city", "")),
        *references(pack, header.get("city", "")),
        *roles_of_grids(pack),
        *calendar_faults(tables, header, pack["local_days"]),
    }
    return sorted(found)


def _header(header: Header) -> Iterator[Fault]:
    for name in header:
        if name not in HEADER_FIELDS:
            yield Fault(PACK_FILE, 0, name, "unknown_column", name)
    for name, column in HEADER_FIELDS.items():
        broken = column.broken(header.get(name, ""))
        if broken:
            yield Fault(PACK_FILE, 0, name, *broken)


def _columns(table: Table, tables: Tables) -> Iterator[Fault]:
    """A missing file, and columns that are missing or that nobody reads; each once a file."""
    if table not in tables:
        yield Fault(file_of(table), 0, "", "missing_file", file_of(table))
        return
    held = {column for row in tables[table] for column in row}
    for column in sorted(held - set(COLUMNS[table])):
        yield Fault(file_of(table), 1, column, "unknown_column", column)
    for column in COLUMNS[table]:
        if held and column not in held:
            yield Fault(file_of(table), 1, column, "missing_column", column)


def _fields(line: Line) -> Iterator[Fault]:
    for name, column in FIELDS[line.table].items():
        broken = column.broken(line.get(name))
        if broken:
            yield line.fault(name, *broken)
    if line.backwards:
        yield line.fault("valid_to", "end_before_start", line.get("valid_to"))
