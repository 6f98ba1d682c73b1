"""Faults and differences of reference data in the words of `libs.events.labels`."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from libs.events.labels import label
from libs.reference import Fault
from libs.reference.comparing import Changed, Difference, Name
from libs.reference.tables import CALENDAR, RECORD
from libs.worktime.records import calendar_from
from libs.worktime.revising import KIND, Change, changes

SHOWN = 20


def fault_lines(faults: Sequence[Fault]) -> Iterator[str]:
    """Every fault on a line of its own, then how many there are."""
    for fault in faults:
        form = label("pack.fault" if fault.row else "pack.fault_of_file")
        yield form.format(file=fault.file, row=fault.row, field=fault.field, words=words(fault))
    yield label("pack.faults").format(count=len(faults))


def words(fault: Fault) -> str:
    """The rule in words, with what stands there."""
    return label(f"fault.{fault.rule}").format(detail=fault.detail)


def fault_document(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "file": fault.file,
            "row": fault.row,
            "field": fault.field,
            "rule": fault.rule,
            "detail": fault.detail,
            "words": words(fault),
        }
        for fault in faults
    ]


def difference_lines(found: Sequence[Difference], *, everything: bool = False) -> Iterator[str]:
    """A line per table, and below it what it gained, lost and changed; the first twenty unless told."""
    for difference in found:
        counts = ((name, len(getattr(difference, name))) for name in ("added", "removed", "changed"))
        told = ", ".join(f"{label(f'pack.{name}')} {count}" for name, count in counts if count)
        yield f"{label(f'pack.table.{difference.table}')} ({difference.table}): {told}"
        lines = list(_rows(difference))
        yield from lines if everything else lines[:SHOWN]
        if not everything and len(lines) > SHOWN:
            yield f"  … {len(lines) - SHOWN}"


def difference_document(found: Sequence[Difference]) -> dict[str, Any]:
    """The same for programs, whole."""
    return {
        difference.table: {
            "added": [list(name) for name in difference.added],
            "removed": [list(name) for name in difference.removed],
            "changed": list(_changed(difference)),
        }
        for difference in found
    }


def _changed(difference: Difference) -> Iterator[dict[str, Any]]:
    """Rows with their columns; of the calendar the days."""
    if difference.table == CALENDAR:
        for day in _days(difference):
            yield {"day": day.day.isoformat(), "was": KIND[day.was], "now": KIND[day.now], "name": day.name}
        return
    for row in difference.changed:
        yield {"row": list(row.name), "columns": {name: list(pair) for name, pair in row.columns.items()}}


def _days(difference: Difference) -> list[Change]:
    """What the calendars of two editions say differently."""
    records = [json.loads(record) for row in difference.changed for record in row.columns[RECORD]]
    return changes(calendar_from(records[0]), calendar_from(records[1])) if records else []


def day_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Each day whose kind changes, on a line of its own."""
    for change in changes:
        yield label("pack.day_now").format(
            day=change.day.isoformat(),
            weekday=label(f"weekday.{change.day.isoweekday()}"),
            was=_kind(working=change.was),
            now=_kind(working=change.now),
            name=change.name or "",
        )


def _kind(*, working: bool) -> str:
    return label("pack.day_working" if working else "pack.day_off")


def _rows(difference: Difference) -> Iterator[str]:
    yield from (f"  + {_name(name)}" for name in difference.added)
    yield from (f"  - {_name(name)}" for name in difference.removed)
    if difference.table == CALENDAR:
        yield from (f"  ~ {line}" for line in day_lines(_days(difference)))
    else:
        yield from (f"  ~ {_name(it.name)}: {_columns(it)}" for it in difference.changed)


def _name(name: Name) -> str:
    return " ".join(part for part in name if part)


def _columns(changed: Changed) -> str:
    return ", ".join(f"{name} {was or '—'} → {now or '—'}" for name, (was, now) in changed.columns.items())
