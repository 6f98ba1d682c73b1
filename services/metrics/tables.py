"""The read model as tables. `matters` is the only one that queries need; the inbox keeps the other two."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from services.metrics.rows import COLUMNS

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "uuid": sa.Uuid(),
    "text": sa.Text(),
    "timestamptz": sa.DateTime(timezone=True),
    "boolean": sa.Boolean(),
    "integer": sa.Integer(),
    "integer[]": sa.ARRAY(sa.Integer()),
    "text[]": sa.ARRAY(sa.Text()),
    "timestamptz[]": sa.ARRAY(sa.DateTime(timezone=True)),
    "boolean[]": sa.ARRAY(sa.Boolean()),
}
_METADATA = sa.MetaData()
_DIALECT = sa.make_url("postgresql+asyncpg://").get_dialect()()

matters = sa.Table("matters", _METADATA, *(sa.Column(name, _TYPES[kind]) for name, kind in COLUMNS.items()))
EACH = tuple(name for name, kind in COLUMNS.items() if kind.endswith("[]"))
"""The columns that hold one element per assignment."""
assignments = (
    sa.func.unnest(*(matters.c[name] for name in EACH))
    .table_valued(*(sa.column(name, _TYPES[COLUMNS[name].removesuffix("[]")]) for name in EACH), name="each")
    .render_derived()
)
"""The same as rows, one per assignment, beside the row of the matter."""
offsets = sa.Table(
    "offsets",
    _METADATA,
    sa.Column("topic", sa.Text()),
    sa.Column("partition", sa.Integer()),
    sa.Column("next_offset", sa.BigInteger()),
)
parked = sa.Table(
    "parked",
    _METADATA,
    sa.Column("topic", sa.Text()),
    sa.Column("partition", sa.Integer()),
    sa.Column("offset", sa.BigInteger()),
    sa.Column("stream", sa.Text()),
    sa.Column("reason", sa.Text()),
    sa.Column("trace_id", sa.Text()),
    sa.Column("parked_at", sa.DateTime(timezone=True)),
    sa.Column("state", sa.Text()),
)


def rendered(statement: sa.ClauseElement) -> tuple[str, list[Any]]:
    """The statement as the driver takes it: SQL with $1, $2 … and the values in that order."""
    compiled = _compiled(statement)
    values = compiled.construct_params()
    return str(compiled), [values[name] for name in compiled.positiontup or ()]


def form(statement: sa.ClauseElement) -> tuple[str, Sequence[str]]:
    """A statement to be kept: its SQL, and the names of its values in order."""
    compiled = _compiled(statement)
    return str(compiled), compiled.positiontup or ()


def _compiled(statement: sa.ClauseElement) -> SQLCompiler:
    compiled = statement.compile(dialect=_DIALECT)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("only questions are rendered")
    return compiled
