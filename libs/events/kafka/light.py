"""Fetched records as rows: of the eleven fields that the client fills in for each, a reader needs three.

This leans on the insides of the client, whose version is pinned. Where they look otherwise nothing is
changed, and a reader is only slower.
"""

from typing import Any

Row = tuple[int, bytes | None, bytes | None]
"""Offset, key, value."""


def lighten(consumer: Any) -> None:
    """Let what was fetched and not yet taken be taken as rows; checks and positions stay the client's."""
    fetched = getattr(getattr(consumer, "_fetcher", None), "_records", {})
    for result in fetched.values():
        records: Any = getattr(result, "_partition_records", None)
        if hasattr(records, "_consumer_record"):
            records._consumer_record = _taken


def _taken(_place: object, record: Any) -> Row:
    return record.offset, record.key, record.value


def row(record: Any) -> Row:
    """A record as a row, however it was taken."""
    return record if type(record) is tuple else (record.offset, record.key, record.value)
