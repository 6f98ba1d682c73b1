"""Deadlines by the Chinese work calendar: pure values and functions, no clock, no I/O.

Three clock kinds (lifecycles C5): natural time, working days and hours, statutory days.
"""

from libs.worktime.calendar import Calendar, Special
from libs.worktime.deadline import Deadline, Pause, Reading, Terms, deadline, extended, reading, warning
from libs.worktime.errors import WorktimeError
from libs.worktime.limit import Limit
from libs.worktime.schedule import Schedule, Span

__all__ = [
    "Calendar",
    "Deadline",
    "Limit",
    "Pause",
    "Reading",
    "Schedule",
    "Span",
    "Special",
    "Terms",
    "WorktimeError",
    "deadline",
    "extended",
    "reading",
    "warning",
]
