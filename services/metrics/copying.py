"""Rows for PostgreSQL's COPY, in its binary form: the server reads it in half the time that text takes."""

from collections.abc import Sequence

from libs.events.postgres.session import Connection
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, row


async def copy(connection: Connection, matters: Sequence[Matter], table: str) -> None:
    """Write the rows of these matters to a table that has none of them yet."""
    await connection.copy_records_to_table(table, records=map(row, matters), columns=list(COLUMNS))
