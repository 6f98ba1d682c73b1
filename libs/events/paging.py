"""Cursors of lists whose entries are numbered and never change: opaque to clients, a number to us."""

import base64
import binascii

from libs.events.problems import Problem

LONGEST = 8


def cursor_of(number: int) -> str:
    """What `next` says for the page that begins behind this many entries."""
    return base64.urlsafe_b64encode(f"v{number}".encode()).rstrip(b"=").decode()


def number_of(cursor: str | None) -> int:
    """How many entries lie before the page; 400 `bad_cursor` for what is none of ours."""
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise Problem("bad_cursor") from None
    if not text.startswith("v") or not text[1:].isdecimal() or len(text) > LONGEST:
        raise Problem("bad_cursor")
    return int(text[1:])
