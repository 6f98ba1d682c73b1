"""The instants a command speaks of: the present one of the business, and those that are written."""

from datetime import datetime

import typer

from deploy.local import drill, paths
from libs.events.clock import business_clock
from libs.events.settings import Settings
from libs.worktime.schedule import CHINA


def now() -> datetime:
    """The present instant of the business: by the clock of the environment, else that of the local stack."""
    told = Settings().clock
    return (business_clock(told) if told else drill.clock(paths.resolve()))()


def spoken(moment: datetime) -> str:
    """ISO 8601 in the time of China, to the second."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def instant(text: str) -> datetime:
    """ISO 8601 with a zone; anything else is refused with the rule it breaks."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"not_a_time: write ISO 8601 with a zone, for example 2026-11-01T09:00+08:00, not {text}"
        raise typer.BadParameter(message) from None
    if moment.tzinfo is None:
        raise typer.BadParameter("zone_missing: a time needs its zone, for example +08:00")
    return moment
