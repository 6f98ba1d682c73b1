"""Values to columns and back."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from libs.events.codec import decode
from libs.events.duelist import Move, earliest, moves
from libs.events.envelope import Envelope
from libs.events.errors import ConcurrencyConflict
from libs.events.jsontext import to_json
from libs.events.postgres import session, statements
from libs.events.recording import Recorded, heads
from libs.events.store import Answer, Append, Parked, VaultKey

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Writing:
    """What one append adds: the versions it was decided on, its events, its answer, its first keys.

    `moved` follows from the events: what they do to the due list.
    """

    heads: tuple[tuple[str, int], ...]
    events: tuple[Recorded, ...]
    answer: Answer | None = None
    keys: tuple[VaultKey, ...] = ()
    moved: tuple[Move, ...] = ()

    @property
    def next_due(self) -> datetime | None:
        """When the first of the moved clocks asks for attention."""
        return earliest(self.moved)


def writing(
    appends: Sequence[Append],
    events: Sequence[Recorded],
    answer: Answer | None = None,
    keys: Sequence[VaultKey] = (),
) -> Writing:
    """Raises ConcurrencyConflict when the appends overlap."""
    first = tuple((stream, before) for stream, (before, _) in heads(appends).items())
    return Writing(first, tuple(events), answer, tuple(keys), moved_by(events))


def moved_by(events: Sequence[Recorded]) -> tuple[Move, ...]:
    """What the events do to the due list."""
    return moves(event.envelope for event in events)


async def write(connection: session.Connection, writings: Sequence[Writing]) -> None:
    """The one statement that stores. Raises ConcurrencyConflict for a stream that is not so far yet."""
    moved = sorted(
        ((it.stream, it.clock, it.next_at, it.calendar) for piece in writings for it in piece.moved),
        key=lambda row: row[:2],
    )
    statement, timed = (statements.APPEND_TIMED, _transposed(moved, 4)) if moved else (statements.APPEND, [])
    if await connection.fetchval(statement, *columns(writings), *timed):
        raise ConcurrencyConflict("a stream is not at the version that was decided on")


def columns(writings: Sequence[Writing]) -> list[Sequence[Any]]:
    """The eighteen arrays that every form of the APPEND statement begins with."""
    expected = [head for piece in writings for head in piece.heads if head[1]]  # a new stream expects nothing
    # Everybody inserts streams and keys in one order, so that two processes cannot wait for each other.
    events = sorted((event for piece in writings for event in piece.events), key=_stream)
    answers = [piece.answer for piece in writings if piece.answer]
    keys = sorted((key.matter, key.key_id, key.wrapped) for piece in writings for key in piece.keys)
    return [
        *_transposed(expected, 2),
        *_transposed([_event(event) for event in events], 6),
        *_transposed([_answer(answer) for answer in answers], 7),
        *_transposed(keys, 3),
    ]


def _stream(event: Recorded) -> str:
    return event.envelope.stream


def _transposed(rows: Sequence[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    return [*zip(*rows, strict=True)] or [()] * width


def _event(event: Recorded) -> tuple[Any, ...]:
    it = event.envelope
    return it.stream, it.version, it.kind, it.recorded_at, event.record, it.cause.traceparent


def _answer(it: Answer) -> tuple[Any, ...]:
    return it.caller, it.key, it.route, it.body_sha256, it.status, it.body, to_json(it.headers)


def events_of(rows: Sequence[asyncpg.Record]) -> list[Envelope]:
    """The events of rows that hold a record, in their order."""
    return [decode(row["record"]) for row in rows]


def answer_of(caller: str, key: str, row: asyncpg.Record) -> Answer:
    """The stored answer of a row."""
    headers = tuple((str(name), str(value)) for name, value in json.loads(row["headers"]))
    return Answer(caller, key, row["route"], row["body_sha256"], row["status"], row["body"], headers)


def parked_columns(it: Parked) -> tuple[Any, ...]:
    """The columns of the PARK statement. What came with a foreign record may hold anything."""
    headers = [[name, base64.b64encode(value).decode()] for name, value in it.headers]
    trace_id = it.trace_id if it.trace_id and _TRACE_ID.fullmatch(it.trace_id) else None
    return (
        *(it.topic, it.partition, it.offset, it.stream, it.version, it.reason, it.record),
        *(json.dumps(headers).encode(), trace_id, it.parked_at),
    )


def parked_of(row: asyncpg.Record) -> Parked:
    """The parked record of a row."""
    values = dict(row)
    headers = json.loads(values.pop("headers"))
    return Parked(**values, headers=tuple((name, base64.b64decode(value)) for name, value in headers))
