"""SQL that moves whole rows; questions are built in `selection.py`."""

from collections.abc import Mapping
from functools import cache, reduce

from libs.events.postgres.statements import MOVE_OR_NOTHING
from services.metrics.rows import COLUMNS

_LOAD = """
SELECT {stored} FROM {table} WHERE matter = ANY($1::uuid[])
"""

_LOOK = """
SELECT here.*, {stored}
FROM (
  SELECT '{table}'::regclass::oid AS home,
    EXISTS (SELECT FROM parked WHERE stream = ANY($2::text[]) AND state IN ('PENDING', 'REPLAY_REQUESTED'))
      OR EXISTS (SELECT FROM parked WHERE stream = ANY($2::text[]) AND state = 'DISCARDED') AS troubled
) AS here LEFT JOIN {table} ON matter = ANY($1::uuid[])
"""

_UPSERT = """
INSERT INTO {table} ({names})
SELECT {names} FROM {source}json_to_recordset(${place}::json) AS fresh({typed}){condition} ORDER BY matter
ON CONFLICT (matter) DO UPDATE SET {changed}
"""

_AT_ONCE = """
WITH place AS (SELECT FROM {table}), {fence}, written AS ({upsert})
SELECT whole FROM allowed
"""

_STORED = (
    "matter::text, report_version, case_version, dispute_version, parts, report_log, case_log, dispute_log"
)
_PARTS = {
    "{fence}": MOVE_OR_NOTHING.replace("{condition}", "'{table}'::regclass = $6::oid"),
    "{stored}": _STORED,
    "{names}": ", ".join(COLUMNS),
    "{typed}": ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items()),
    "{changed}": ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "matter"),
}
_WRITE = {"{source}": "", "{condition}": "", "{place}": "1"}
_WRITE_AT_ONCE = {"{upsert}": _UPSERT, "{source}": "allowed, ", "{condition}": " WHERE whole", "{place}": "7"}


@cache
def load(table: str) -> str:
    """The versions of some matters, and what `rows.restore` needs of them."""
    return _filled(_LOAD, table, {})


@cache
def look(table: str) -> str:
    """`load`, in which table that was, and whether a record of these streams waits or was given up.

    At least one row is answered; `matter` is NULL where none of the matters is known.
    """
    return _filled(_LOOK, table, {})


@cache
def upsert(table: str) -> str:
    """Write whole rows, objects of texts by column: one statement for a batch of matters.

    One JSON text costs both sides half of what an array per column did (0.08 instead of 0.22 ms a row).
    """
    return _filled(_UPSERT, table, _WRITE)


@cache
def at_once(table: str) -> str:
    """Write whole rows and move the offsets, or nothing: also where the table is not the one looked at.

    A rebuild may have put another in its place meanwhile, and what was read of the old one is void then.
    `place` is never carried out: named first, it has the table locked before it is asked which one it is.
    """
    return _filled(_AT_ONCE, table, _WRITE_AT_ONCE)


def _filled(statement: str, table: str, parts: Mapping[str, str]) -> str:
    whole = {**parts, **_PARTS, "{table}": table}
    return reduce(lambda text, part: text.replace(*part), whole.items(), statement)
