"""A deadline in the words of a clerk: the one place for them, over HTTP and in the shell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from libs.events.labels import Language, label
from libs.worktime import Limit, Schedule, Terms, deadline
from libs.worktime.explain import Part, Step, counted, parts
from libs.worktime.schedule import CHINA

__all__ = ["Language", "Words"]

_DAY_UNITS = frozenset({"wd", "sd"})
_WORKING = frozenset({"wd", "wh"})
_LENGTHS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True)
class Words:
    """How instants, lengths, limits and days are said. `zone` is where the reader lives."""

    zone: timezone = CHINA
    language: Language = "zh"

    def say(self, code: str, **values: object) -> str:
        """The words of a code with its values."""
        return label(code, self.language).format(**values)

    def instant(self, at: datetime) -> str:
        """ISO 8601 in the reader's zone."""
        return at.astimezone(self.zone).isoformat()

    def moment(self, at: datetime) -> str:
        """A beginning: midnight is 00:00 of the day that begins."""
        local = at.astimezone(self.zone)
        return self.say("deadline.moment", month=local.month, day=local.day, clock=f"{local:%H:%M}")

    def end(self, at: datetime) -> str:
        """An end: midnight is 24:00 of the day before (civil code art. 203)."""
        local = at.astimezone(self.zone)
        if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
            return self.moment(at)
        day = local - timedelta(days=1)
        return self.say("deadline.moment", month=day.month, day=day.day, clock="24:00")

    def dated(self, at: datetime) -> str:
        """A beginning with its year."""
        local = at.astimezone(self.zone)
        clock = f"{local:%H:%M}"
        return self.say("deadline.dated", year=local.year, month=local.month, day=local.day, clock=clock)

    def weekday(self, at: datetime) -> str:
        return self.say(f"weekday.{at.astimezone(self.zone).isoweekday()}")

    def limit(self, limit: Limit) -> str:
        """`5wd` as five working days."""
        return self.say(f"limit.{limit.unit}", n=limit.amount)

    def length(self, seconds: int, limit: Limit | None) -> str:
        """Seconds on the scale of a limit: hours of working time, or days and hours of any time."""
        working = limit is not None and limit.unit in _WORKING
        return (
            self.say("duration.working", time=self.duration(seconds, _LENGTHS[1:]))
            if working
            else self.duration(seconds)
        )

    def duration(self, seconds: int, units: Sequence[tuple[str, int]] = _LENGTHS) -> str:
        """Seconds in the two largest units that they fill; nothing is no minute."""
        said = [] if seconds else [self.say("duration.minutes", n=0)]
        for name, size in units:
            count, seconds = divmod(seconds, size)
            if count:
                said.append(self.say(f"duration.{name}", n=count))
        return "".join(said[:2]) if self.language == "zh" else " ".join(said[:2])

    def step(self, step: Step, limit: Limit) -> dict[str, Any]:
        """One day of the explanation."""
        return {
            "date": step.day.isoformat(),
            "weekday": self.say(f"weekday.{step.day.isoweekday()}"),
            "counted": step.counted,
            "number": step.number,
            "reason": step.reason,
            "text": self._text(step, limit),
            "official": step.official,
        }

    def _text(self, step: Step, limit: Limit) -> str:
        hours = f"deadline.{step.reason}.hours"
        by_hour = limit.unit == "wh" and label(hours) != hours
        ran = self.duration(step.seconds, _LENGTHS[1:])
        code = hours if by_hour else f"deadline.{step.reason}"
        text = self.say(code, name=step.name or "", number=step.number, time=ran)
        if not step.paused or not step.counted:
            return text
        return self.say("deadline.partly_paused", text=text, time=self.duration(step.paused, _LENGTHS[1:]))

    def arithmetic(self, terms: Terms, schedule: Schedule, steps: Sequence[Step]) -> list[str]:
        """From the start to the end, one sentence each, as it is worked out."""
        lines = [self.begin(terms.start)]
        if terms.limit is None:
            return [*lines, self.say("explain.no_limit")]
        found = deadline(terms, schedule)
        lines.append(self.say("explain.limit", limit=self.limit(terms.limit)))
        lines.append(self.say(f"explain.begin.{terms.limit.unit if terms.limit.unit in _UNITS else 'd'}"))
        lines += self._parts(parts(terms, schedule), terms.limit)
        lines += self._days(terms.limit, steps)
        if found.due is not None:
            lines.append(self.say("explain.due", moment=self.end(found.due)))
        return [*lines, self.say("explain.provisional")] if found.status == "provisional" else lines

    def begin(self, at: datetime) -> str:
        """When the clock started, with its weekday."""
        return self.say("explain.start", moment=self.dated(at), weekday=self.weekday(at))

    def _parts(self, found: Sequence[Part], limit: Limit) -> Iterator[str]:
        for part in found:
            moment = self.end(part.due)
            if part.pause is not None:
                start, end = self.moment(part.pause.start), self.moment(part.pause.end)
                given = self.length(part.given, limit)
                yield self.say("explain.PAUSE", start=start, end=end, time=given, moment=moment)
            elif part.limit is not None:
                ends = "day" if part.limit.unit in _DAY_UNITS else "after"
                code = f"explain.LIMIT.{ends}" if part.kind == "LIMIT" else "explain.EXTENSION"
                yield self.say(code, limit=self.limit(part.limit), moment=moment)

    def _days(self, limit: Limit, steps: Sequence[Step]) -> Iterator[str]:
        if limit.unit in _DAY_UNITS:
            count = counted(steps)
            yield self.say("explain.days", days=len(steps), counted=count, skipped=len(steps) - count)


_UNITS = frozenset({"wd", "wh", "sd"})
"""Units with a way of counting of their own; the others count on, day and night."""
