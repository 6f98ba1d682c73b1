"""Where a page ended: the instant, the matter and, of several of one matter, the number of its last row."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.events.problems import Problem

Place = tuple[datetime, UUID, int]


def written(place: Place) -> str:
    """The place as an opaque text for `cursor=`."""
    instant, matter, number = place
    return base64.urlsafe_b64encode(f"{instant.isoformat()}|{matter}|{number}".encode()).rstrip(b"=").decode()


def after_page(rows: Sequence[Mapping[str, Any]], limit: int, order: Sequence[str]) -> str | None:
    """The cursor behind a page, when more rows were read than it holds. `order`: instant, matter, number."""
    if len(rows) <= limit:
        return None
    instant, matter, *number = (rows[limit - 1][name] for name in order)
    return written((instant, matter, number[0] if number else 0))


def parsed(cursor: str | None) -> Place | None:
    """The place; None for the first page. Raises Problem `bad_cursor`."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        instant, matter, number = text.split("|")
        place = datetime.fromisoformat(instant), UUID(matter), int(number)
    except (binascii.Error, ValueError):
        raise Problem("bad_cursor") from None
    if place[0].tzinfo is None or not 0 <= place[2] < 2**31:
        raise Problem("bad_cursor")
    return place
