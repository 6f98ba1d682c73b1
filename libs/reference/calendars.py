"""The calendar of a pack: one record that does not contradict itself and covers what the pack speaks of."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from libs.reference.faults import Fault
from libs.reference.fields import FieldError, day, instant
from libs.reference.lines import Line
from libs.reference.tables import CALENDAR, PACK_FILE, RECORD, Header, Tables
from libs.worktime import Calendar, WorktimeError
from libs.worktime.records import calendar_from
from libs.worktime.schedule import CHINA

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def calendar_faults(tables: Tables, header: Header, local: Sequence[Line]) -> Iterator[Fault]:
    """Every notice that contradicts itself, and days that lie outside the calendar."""
    rows = tables.get(CALENDAR, ())
    record = _record(rows[0].get(RECORD, "")) if len(rows) == 1 else None
    if record is None:
        yield _fault("calendar", "calendar_malformed" if rows else "missing_value", "")
        return
    try:
        calendar = calendar_from(record)
    except WorktimeError as error:
        yield from _each_notice(record) or [_fault(error.field, error.rule, error.detail)]
        return
    if not calendar.first <= calendar.official_until <= calendar.last:
        yield _fault("calendar.official_until", "end_before_start", calendar.official_until.isoformat())
    if _VERSION.fullmatch(calendar.version) is None:
        yield _fault("calendar.version", "malformed_value", calendar.version)
    yield from _covered(calendar, header, local)


def _record(text: str) -> Mapping[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _each_notice(record: Mapping[str, Any]) -> list[Fault]:
    """The faults of the notices taken one by one, so that the first does not hide the others."""
    notices = record.get("notices")
    found = []
    for number, notice in enumerate(notices if isinstance(notices, list) else ()):
        try:
            calendar_from({**record, "notices": [notice]})
        except WorktimeError as error:
            found.append(_fault(f"{error.field}[{number}]", error.rule, error.detail))
    return found


def _covered(calendar: Calendar, header: Header, local: Sequence[Line]) -> Iterator[Fault]:
    try:
        start = instant(header.get("effective_at", "")).astimezone(CHINA).date()
        if not calendar.covers(start):
            yield _fault("effective_at", "calendar_missing", start.isoformat())
    except FieldError:
        pass  # said already, by the check of the field
    for line in local:
        try:
            own = day(line.get("day"))
        except FieldError:
            continue
        if not calendar.covers(own):
            yield line.fault("day", "calendar_missing", own.isoformat())


def _fault(field: str, rule: str, detail: str) -> Fault:
    return Fault(PACK_FILE, 0, field, rule, detail)
