"""Rows for PostgreSQL's COPY, in its binary form: the server reads it in half the time that text takes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from libs.events.postgres.session import Connection
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, row

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


async def pack_instants(connection: Connection) -> None:
    """Have this connection pack an instant by one subtraction: half of what a row costs else."""
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=_packed, decoder=_unpacked, format="tuple"
    )


def _packed(instant: datetime) -> tuple[int]:
    """Microseconds since PostgreSQL's epoch."""
    return ((instant - _EPOCH) // _MICROSECOND,)


def _unpacked(packed: tuple[int]) -> datetime:
    return _EPOCH + packed[0] * _MICROSECOND


async def copy(connection: Connection, matters: Sequence[Matter], table: str) -> None:
    """Write the rows of these matters to a table that has none of them yet."""
    await connection.copy_records_to_table(table, records=map(row, matters), columns=list(COLUMNS))
