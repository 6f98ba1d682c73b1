"""A holiday notice becomes a new edition: the one in force with another calendar, nothing else changed."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from deploy.local.problem import Problem
from deploy.packs.reading import CALENDARS, Pack
from libs.reference import ChangedDay, Fault, Revision
from libs.reference.manifest import calendar_record, calendar_row
from libs.worktime import Calendar, WorktimeError
from libs.worktime.notice import Grammar, parse_notice
from libs.worktime.records import calendar_from
from libs.worktime.revising import KIND, Change, Notice, Statutory, changes, revised

_NAME = re.compile(r"(?P<stem>.*?)(?P<year>[0-9]{4})\.(?P<number>[0-9]+)")
Read = TypeVar("Read")


class NoticeRefused(Exception):
    """The notice contradicts itself, or does not fit the calendar that is in force."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.field}: {fault.detail} ({fault.rule})")
        self.fault = fault


@dataclass(frozen=True)
class Wanted:
    """What the operator said; what he did not say is taken from the notice and from the names before."""

    notice: Path
    at: datetime
    source: str | None = None
    calendar: str | None = None
    edition: str | None = None


@dataclass(frozen=True)
class Revised:
    """The edition that results, the calendars before and after, and what the revision tells the stages."""

    pack: Pack
    old: Calendar
    new: Calendar
    changes: list[Change]
    revision: Revision

    @property
    def differs(self) -> bool:
        """True when a day changes, or more days are official."""
        return bool(self.changes) or self.old.official_until != self.new.official_until


def revise(base: Pack, wanted: Wanted, known: Collection[str]) -> Revised:
    """Raises NoticeRefused and Problem. `known`: the names of editions and calendars that are taken."""
    notice = _notice(wanted)
    record = calendar_record(base.tables)
    old = calendar_from(record)
    version = wanted.calendar or following(old.version, known, notice.year)
    new_record = _checked(wanted, lambda: revised(record, notice, version, _statutory()))
    new = calendar_from(new_record)
    edition = wanted.edition or following(base.header["version"], known)
    found = changes(old, new)
    since = wanted.at.replace(microsecond=0).isoformat()
    header = base.header | {"version": edition, "effective_at": since, "note": notice.source}
    pack = Pack(header, {**base.tables, "calendar": [calendar_row(new_record)]})
    days = tuple(ChangedDay(it.day, KIND[it.was], KIND[it.now]) for it in found)
    return Revised(pack, old, new, found, Revision(edition, old.version, new.version, notice.source, days))


def following(name: str, known: Collection[str], year: int | None = None) -> str:
    """The next name in a row: `cn-2026.1`, `cn-2026.2`, and `cn-2027.1` for another year."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        stem, number = f"{name}.", 1
    elif year is not None and year > int(parts["year"]):
        stem, number = f"{parts['stem']}{year}.", 1
    else:
        stem, number = f"{parts['stem']}{parts['year']}.", int(parts["number"]) + 1
    while f"{stem}{number}" in known:
        number += 1
    return f"{stem}{number}"


def _notice(wanted: Wanted) -> Notice:
    try:
        text = wanted.notice.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Problem(
            f"{wanted.notice} cannot be read.", "Give the notice as a text file in UTF-8."
        ) from None
    grammar = _data("grammar")
    year, holidays = _checked(wanted, lambda: parse_notice(text, Grammar.from_record(grammar)))
    number = re.search(grammar["number"], text)
    title = next((line.strip() for line in text.splitlines() if line.strip()), "")[:200]
    return Notice(year, wanted.source or (number.group() if number else title), holidays)


def _checked(wanted: Wanted, work: Callable[[], Read]) -> Read:
    try:
        return work()
    except WorktimeError as error:
        fault = Fault(wanted.notice.name, 0, error.field, error.rule, error.detail)
        raise NoticeRefused(fault) from error


def _statutory() -> Statutory:
    data = _data("statutory")
    return Statutory(data["source"], data["years"])


def _data(name: str) -> Any:
    return yaml.safe_load((CALENDARS / f"{name}.yaml").read_text(encoding="utf-8"))
