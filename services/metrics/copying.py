"""Rows for PostgreSQL's COPY, in text form: one line per matter."""

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice

from libs.events.postgres.session import Connection
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, Row, row

CHUNK = 400
"""Lines sent at a time: about 1 MB."""
_JSON = 4
"""The last columns are JSON, whose only character that COPY would read otherwise is the backslash."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def line(values: Row) -> str:
    """The row as COPY reads it. Ordinary values need no escapes, which one look at all of them tells."""
    head, tail = values[:-_JSON], [value or "" for value in values[-_JSON:]]
    plain = "".join([value for value in head if value])
    if "\\" in plain or not plain.isprintable():
        head = tuple(value and value.translate(_ESCAPES) for value in head)
    if any("\\" in value for value in tail):
        tail = [value.replace("\\", "\\\\") for value in tail]
    return "\t".join([*("\\N" if value is None else value for value in head), *tail])


async def copy(connection: Connection, matters: Sequence[Matter], table: str) -> None:
    """Write the rows of these matters to a table that has none of them yet."""
    await connection.copy_to_table(table, source=_chunks(matters), columns=list(COLUMNS), format="text")


async def _chunks(matters: Iterable[Matter]) -> AsyncIterator[bytes]:
    left = iter(matters)
    while lines := [line(row(matter)) for matter in islice(left, CHUNK)]:
        yield ("\n".join(lines) + "\n").encode()
