"""A limit: how much time, counted how. "No limit" is `None`, a value and not a very large number."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from libs.worktime.errors import WorktimeError

Unit = Literal["wd", "wh", "sd", "d", "h", "min"]
_TEXT = re.compile(r"(?P<amount>[0-9]{1,6})(?P<unit>wd|wh|sd|d|h|min)")
SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "wh": 3_600}
UNITS: Final[dict[str, Unit]] = {"wd": "wd", "wh": "wh", "sd": "sd", "d": "d", "h": "h", "min": "min"}
_LONGEST = 36_500


@dataclass(frozen=True, slots=True)
class Limit:
    """`wd` working days, `wh` working hours, `sd` statutory days, `d` `h` `min` natural time."""

    amount: int
    unit: Unit

    @staticmethod
    def parse(text: str, field: str = "limit") -> "Limit":
        """`5wd` and the like. Raises WorktimeError `unknown_unit` or `amount_out_of_range`."""
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise WorktimeError(field, "unknown_unit", "write an amount and one of wd, wh, sd, d, h, min")
        amount = int(match["amount"])
        if not 0 < amount <= _LONGEST:
            raise WorktimeError(field, "amount_out_of_range", f"the amount must be 1 to {_LONGEST}")
        return Limit(amount, UNITS[match["unit"]])

    @property
    def seconds(self) -> int:
        """Length in seconds of a natural or working-hour limit."""
        return self.amount * SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"
