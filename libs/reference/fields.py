"""One field of a row: from text to a value, or FieldError with the rule it breaks."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final

from libs.worktime import Limit, Span, WorktimeError

NO_LIMIT: Final = "none"
EVERY: Final = "*"
_LONGEST_TEXT = 500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"(?P<opens>[0-9]{2}:[0-9]{2})-(?P<closes>[0-9]{2}:[0-9]{2})")


class FieldError(ValueError):
    """`rule` is the stable code of what the text breaks, `detail` what stands there."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{detail} ({rule})")
        self.rule = rule
        self.detail = detail


def day(text: str) -> date:
    """`2026-02-10`."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise FieldError("malformed_day", text)


def first_day(text: str) -> date:
    """The first day of a period; empty is since ever."""
    return day(text) if text else date.min


def last_day(text: str) -> date:
    """The last day of a period, included; empty is open."""
    return day(text) if text else date.max


def hours(text: str) -> tuple[Span, ...]:
    """`08:30-12:00,14:00-17:30`, in order and apart."""
    spans = tuple(_span(part.strip(), text) for part in text.split(","))
    ordered = all(span.opens < span.closes for span in spans)
    if not (ordered and all(a.closes <= b.opens for a, b in pairwise(spans))):
        raise FieldError("hours_out_of_order", text)
    return spans


def limit(text: str) -> Limit | None:
    """`5wd` and the like, or `none`."""
    if text == NO_LIMIT:
        return None
    try:
        return Limit.parse(text)
    except WorktimeError as error:
        raise FieldError(error.rule, text) from None


def percent(text: str) -> int:
    """A share in percent, 1 to 100."""
    if re.fullmatch(r"[1-9][0-9]?|100", text) is None:
        raise FieldError("malformed_percent", text)
    return int(text)


def instant(text: str) -> datetime:
    """ISO 8601 with a zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FieldError("malformed_instant", text) from None
    if moment.tzinfo is None:
        raise FieldError("zone_missing", text)
    return moment


def listed(text: str) -> tuple[str, ...]:
    """Values between semicolons."""
    return tuple(part for part in text.split(";") if part)


def words(text: str) -> str:
    """Text for people: one line, not too long, no space around it (a spreadsheet would lose that)."""
    if len(text) > _LONGEST_TEXT or not text.isprintable() or text != text.strip():
        raise FieldError("malformed_text", text[:40])
    return text


def shaped(pattern: str) -> Callable[[str], str]:
    """A check that the whole text matches the pattern."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise FieldError("malformed_value", text[:80])
        return text

    return check


def one_of(*values: str) -> Callable[[str], str]:
    """A check that the text is one of these codes."""

    def check(text: str) -> str:
        if text not in values:
            raise FieldError("unknown_code", text[:80])
        return text

    return check


def each(check: Callable[[str], object]) -> Callable[[str], object]:
    """The check on every value between semicolons."""

    def every(text: str) -> object:
        return [check(part) for part in text.split(";")]

    return every


def _span(part: str, text: str) -> Span:
    try:
        match = _SPAN.fullmatch(part)
        if match is not None:
            return Span(time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"]))
    except ValueError:
        pass
    raise FieldError("malformed_hours", text)
