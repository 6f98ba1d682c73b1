"""SQL that moves whole rows; questions are built in `selection.py`."""

from functools import cache, reduce

from services.metrics.rows import COLUMNS

_LOAD = """
SELECT matter::text, report_version, case_version, dispute_version, parts, report_log, case_log, dispute_log
FROM {table} WHERE matter = ANY($1::uuid[])
"""

_UPSERT = """
INSERT INTO {table} ({names})
SELECT {typed} FROM unnest({arrays}) AS fresh({names}) ORDER BY matter
ON CONFLICT (matter) DO UPDATE SET {changed}
"""


@cache
def load(table: str) -> str:
    """The versions of some matters, and what `rows.restore` needs of them."""
    return _LOAD.replace("{table}", table)


@cache
def upsert(table: str) -> str:
    """Write whole rows, each column an array of text: one statement for a batch of matters."""
    parts = {
        "{table}": table,
        "{names}": ", ".join(COLUMNS),
        "{typed}": ", ".join(f"{name}::{kind}" for name, kind in COLUMNS.items()),
        "{arrays}": ", ".join(f"${number}::text[]" for number in range(1, len(COLUMNS) + 1)),
        "{changed}": ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "matter"),
    }
    return reduce(lambda text, part: text.replace(*part), parts.items(), _UPSERT)
