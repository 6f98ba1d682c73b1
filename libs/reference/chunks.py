"""Tables cut into content-addressed chunks, so that editions share what did not change.

Rows are ordered and spelled in one way only, so the same rows give the same chunks whatever their order was.
A chunk ends where its last row's checksum says so, not after a fixed number of rows: a row more changes one
chunk and leaves the others as they were.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from libs.reference.tables import COLUMNS, TABLES, Row, Table, Tables

ROWS, BYTES = 500, 150_000
_ONE_IN = 200


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a table: canonical JSON, one row a line; its SHA-256 is its name."""

    table: Table
    digest: str
    content: str
    rows: int

    def verify(self) -> None:
        """Raises ContentDiffers when the content is not what the name says."""
        if digest_of(self.content) != self.digest:
            raise ContentDiffers(self.table, self.digest)


class ContentDiffers(ValueError):
    """A chunk is not what its name says."""

    def __init__(self, table: str, digest: str) -> None:
        super().__init__(f"a chunk of {table} does not hash to its name {digest}")


def chunks(tables: Tables) -> list[Chunk]:
    """Every table in chunks of at most 500 rows and 150 KB, in a fixed order."""
    return [
        _chunk(table, piece) for table in TABLES for piece in _pieces(_lines(table, tables.get(table, ())))
    ]


def rows_of(chunk: Chunk) -> list[Row]:
    """The rows again, absent values as empty text."""
    absent = dict.fromkeys(COLUMNS[chunk.table], "")
    return [absent | json.loads(line) for line in chunk.content.split("\n")]


def digest_of(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def ordered(table: Table, rows: Sequence[Row]) -> list[Row]:
    """The rows in their one order: by what they hold, column by column."""
    return sorted(rows, key=lambda row: tuple(row.get(column, "") for column in COLUMNS[table]))


def _lines(table: Table, rows: Sequence[Row]) -> list[str]:
    return [_line(table, row) for row in ordered(table, rows)]


def _line(table: Table, row: Row) -> str:
    """Columns in their order, without the empty ones; other columns are no part of an edition."""
    held = {column: row[column] for column in COLUMNS[table] if row.get(column)}
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))


def _pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    size = 0
    for line in lines:
        weight = len(line.encode()) + 1
        if piece and (len(piece) == ROWS or size + weight > BYTES):
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += weight
        if crc32(line.encode()) % _ONE_IN == 0:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _chunk(table: Table, lines: Sequence[str]) -> Chunk:
    content = "\n".join(lines)
    return Chunk(table, digest_of(content), content, len(lines))
