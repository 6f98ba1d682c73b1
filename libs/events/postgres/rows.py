"""Values to columns and back."""

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import asyncpg

from libs.events.codec import decode
from libs.events.duelist import Move, earliest, moves
from libs.events.envelope import Envelope
from libs.events.errors import ConcurrencyConflict
from libs.events.jsontext import to_json
from libs.events.postgres import appending, session
from libs.events.recording import Recorded, heads
from libs.events.store import Answer, Append, Parked, VaultKey

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


class Writing(NamedTuple):
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
    statement, values = appending.filled(given(writings))
    if await connection.fetchval(statement, *values):
        raise ConcurrencyConflict("a stream is not at the version that was decided on")


def given(writings: Sequence[Writing]) -> appending.Given:
    """What the writings add, as rows of values.

    Everybody inserts streams, keys and clocks in one order, so that two processes cannot wait for each other.
    """
    events = [event for piece in writings for event in piece.events]
    events.sort(key=_stream)
    moves = [(it.stream, it.clock, it.next_at, it.calendar) for piece in writings for it in piece.moved]
    moves.sort(key=itemgetter(0, 1))
    return appending.Given(
        [head for piece in writings for head in piece.heads if head[1]],  # a new stream expects nothing
        [_event(event) for event in events],
        [_answer(piece.answer) for piece in writings if piece.answer],
        sorted((key.matter, key.key_id, key.wrapped) for piece in writings for key in piece.keys),
        moves,
    )


def _stream(event: Recorded) -> str:
    return event.envelope.stream


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
