"""Numbers that people read and no program relies on: county, day and serial (codes-and-fields D1)."""

from libs.events.caller import Caller
from libs.worktime.schedule import CHINA


async def number(by: Caller, scope: str, mark: str = "") -> str:
    """The next of its scope, county and day: `mark`, six digits of the caller's county, the day, six digits.

    The county is zeros when the token names none; the day is that of Asia/Shanghai.
    """
    county = (by.jurisdiction or "").ljust(6, "0")[:6]
    day = by.at.astimezone(CHINA).strftime("%Y%m%d")
    serial = await by.serial(f"{scope}:{county}:{day}")
    return f"{mark}{county}{day}{serial:06d}"
