"""Where a page ended: the instant and the matter of its last row."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.events.problems import Problem

Place = tuple[datetime, UUID]


def written(place: Place) -> str:
    """The place as an opaque text for `cursor=`."""
    instant, matter = place
    return base64.urlsafe_b64encode(f"{instant.isoformat()}|{matter}".encode()).rstrip(b"=").decode()


def after_page(rows: Sequence[Mapping[str, Any]], limit: int, order: str) -> str | None:
    """The cursor behind a page, when more rows were read than it holds."""
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return written((last[order], last["matter"]))


def parsed(cursor: str | None) -> Place | None:
    """The place; None for the first page. Raises Problem `bad_cursor`."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        instant, matter = text.split("|")
        place = datetime.fromisoformat(instant), UUID(matter)
    except (binascii.Error, ValueError):
        raise Problem("bad_cursor") from None
    if place[0].tzinfo is None:
        raise Problem("bad_cursor")
    return place
