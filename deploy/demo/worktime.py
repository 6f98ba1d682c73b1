"""Working minutes of a span, so that invented moments fall into office hours in the right order."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING, AFTERNOON = time(8, 30), time(14, 0)
HALF = 210
DAY = 2 * HALF
FRIDAY = 5


@dataclass(frozen=True)
class WorkTime:
    """Minute 0 is the first office minute of the span. Mondays to Fridays; holidays are left alone."""

    days: tuple[date, ...]
    zone: ZoneInfo

    @property
    def minutes(self) -> int:
        return DAY * len(self.days)

    def moment(self, minute: int, second: int = 0) -> datetime:
        """The instant of a working minute, in the zone of the city."""
        day, rest = divmod(minute, DAY)
        half, offset = divmod(rest, HALF)
        start = datetime.combine(self.days[day], (MORNING, AFTERNOON)[half], self.zone)
        return start + timedelta(minutes=offset, seconds=second)


def between(first: date, last: date, zone: str) -> WorkTime:
    """The working time from the first day to the last, both included."""
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return WorkTime(tuple(day for day in days if day.isoweekday() <= FRIDAY), ZoneInfo(zone))
