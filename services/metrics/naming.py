"""What organisations are called: as the reference data says that this process has heard of."""

from collections.abc import Callable
from datetime import datetime

from libs.reference import Library
from libs.worktime.schedule import CHINA

Called = Callable[[str | None], str]
"""The name for a code."""


def names(library: Library, at: datetime) -> Called:
    """By the edition in force, else by the newest that has a name; the code where none has one."""
    day, ruling = at.astimezone(CHINA).date(), library.in_force(at)
    others = (edition for edition in reversed(library.editions()) if edition is not ruling)
    shelf = [*([ruling] if ruling else []), *others]

    def called(code: str | None) -> str:
        if not code:
            return "—"
        found = (edition.organisation(code, day) for edition in shelf)
        return next((unit.name for unit in found if unit is not None), code)

    return called
