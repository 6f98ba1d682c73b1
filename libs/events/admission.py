"""What no record may contain: looked at before parsing, because parsers disagree about it."""

import json
import re
from typing import Any

from libs.events.errors import Undecodable

MAX_RECORD = 256 * 1024
"""Bytes of the largest record that is read or written; bigger things travel by reference."""
MAX_DEPTH = 512
"""Levels of arrays and objects; a record of n bytes cannot hold more than n / 2."""
BACKSLASH = ord("\\")
"""Begins every escape. A number is looked for in bytes several times faster than a text of one letter."""
_PLAIN = 2 * MAX_DEPTH  # bytes of a record that cannot be nested too deep
_LOOSE = 3 * MAX_DEPTH  # the same where no array opens right behind another: a level takes three bytes then
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's text holds neither


def admit(record: bytes) -> None:
    """Refuse what parsers disagree about, at the price of a few byte searches for ordinary records."""
    if len(record) > MAX_RECORD:
        raise Undecodable("too_large")
    if not record.isascii():
        _require_utf8(record)
    if BACKSLASH in record or _may_be_deep(record):
        _inspect(record)


def _may_be_deep(record: bytes) -> bool:
    """Counting takes ten times as long as looking for something that is not there."""
    if len(record) <= _PLAIN or (len(record) <= _LOOSE and b"[[" not in record):
        return False
    return record.count(b"{") + record.count(b"[") > MAX_DEPTH


def _require_utf8(record: bytes) -> None:
    try:
        record.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("encoding") from error


def _inspect(record: bytes) -> None:
    """Look at every text and every level: no NUL, no lone surrogate, no deep nesting."""
    try:
        level = [json.loads(record.decode(), object_pairs_hook=_flat)]
    except RecursionError as error:
        raise Undecodable("nesting") from error
    except ValueError as error:
        raise Undecodable("json") from error
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        if any(isinstance(value, str) and _UNSTORABLE.search(value) for value in level):
            raise Undecodable("text")
        level = [item for value in level if isinstance(value, list) for item in value]
    if level:
        raise Undecodable("nesting")


def _flat(pairs: list[tuple[str, Any]]) -> list[Any]:
    return [part for pair in pairs for part in pair]
