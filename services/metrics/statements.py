"""SQL that moves whole rows; questions are built in `selection.py`."""

from functools import reduce

from services.metrics.rows import COLUMNS

VERSIONS = """
SELECT matter::text, report_version, case_version, dispute_version FROM matters WHERE matter = ANY($1::uuid[])
"""


_LOAD = """
SELECT matter::text, parts, report_log, case_log, dispute_log FROM {table} WHERE matter = ANY($1::uuid[])
"""

_UPSERT = """
INSERT INTO {table} ({names})
SELECT {typed} FROM unnest({arrays}) AS fresh({names}) ORDER BY matter
ON CONFLICT (matter) DO UPDATE SET {changed}
"""


def load(table: str) -> str:
    """What `rows.restore` needs of some matters."""
    return _LOAD.replace("{table}", table)


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
