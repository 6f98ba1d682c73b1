"""The one statement that stores: events, to-do list, answers, first keys and clocks, or nothing of all.

A small group is a list of plain values, a large one an array per column. Arrays cost the driver and the
server as much for one row as for a dozen, and half of all groups are that small; lists of values would make
a statement of their own for every number of rows, so they come in a few sizes with empty rows at the end.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

SIZES = (1, 2, 4, 8, 16, 32)
"""Rows of each kind that a list of values has room for; beyond the last there are arrays."""

Row = tuple[Any, ...]
Types = tuple[tuple[str, str], ...]

HEAD: Types = (("stream", "text"), ("expected", "int"))
EVENT: Types = (
    *(("stream", "text"), ("version", "int"), ("kind", "text"), ("recorded_at", "timestamptz")),
    *(("record", "bytea"), ("traceparent", "text")),
)
ANSWER: Types = (
    *(("caller", "text"), ("key", "text"), ("route", "text"), ("body_sha256", "bytea"), ("status", "int")),
    *(("body", "bytea"), ("headers", "bytea")),
)
KEY: Types = (("matter", "uuid"), ("key_id", "text"), ("wrapped", "bytea"))
MOVE: Types = (("stream", "text"), ("clock", "text"), ("next_at", "timestamptz"), ("calendar", "text"))


class Given(NamedTuple):
    """What is stored, as rows; the first column of a row is never NULL.

    `heads`: which version a stream must have reached. `moves`: clocks for the due list; without a calendar
    they leave it.
    """

    heads: Sequence[Row] = ()
    events: Sequence[Row] = ()
    answers: Sequence[Row] = ()
    keys: Sequence[Row] = ()
    moves: Sequence[Row] = ()


TYPES: tuple[Types, ...] = (HEAD, EVENT, ANSWER, KEY, MOVE)
"""Of the kinds of `Given`, in its order."""
WIDTHS = tuple(map(len, TYPES))

_GAP = """gap AS (
  SELECT FROM heads WHERE NOT EXISTS (
    SELECT FROM events WHERE events.stream = heads.stream AND events.version = heads.expected)
)"""
_STANDS, _AND_HELD = "NOT EXISTS (SELECT FROM gap)", " AND (SELECT count(*) FROM held) >= 0"
_HELD = """held AS MATERIALIZED (
  SELECT FROM moves JOIN clocks USING (stream, clock) ORDER BY stream, clock FOR UPDATE OF clocks
)"""
_STORED = """fresh AS MATERIALIZED (
  SELECT nextval('positions') AS position, sorted.* FROM (
    SELECT * FROM given WHERE {stands} ORDER BY place) AS sorted
), stored AS (
  INSERT INTO events (position, stream, version, matter, kind, recorded_at, record)
  SELECT position, stream, version, right(stream, 36)::uuid, kind, recorded_at, record FROM fresh
), queued AS (
  INSERT INTO outbox (position, traceparent) SELECT position, traceparent FROM fresh
)"""
_ANSWERED = """answered AS (
  INSERT INTO idempotency (caller, key, route, body_sha256, status, body, headers)
  SELECT * FROM answers WHERE NOT EXISTS (SELECT FROM gap)
)"""
_VAULTED = """vaulted AS (
  INSERT INTO vault (matter, key_id, wrapped) SELECT * FROM keys WHERE NOT EXISTS (SELECT FROM gap)
)"""
_LISTED = """listed AS (
  INSERT INTO clocks (stream, clock, next_at, try_at, calendar_version)
  SELECT stream, clock, next_at, next_at, calendar FROM moves WHERE calendar IS NOT NULL
    AND NOT EXISTS (SELECT FROM gap)
  ON CONFLICT (stream, clock) DO UPDATE SET next_at = excluded.next_at, try_at = excluded.try_at,
    calendar_version = excluded.calendar_version, attempts = 0
), struck AS (
  DELETE FROM clocks USING moves WHERE clocks.stream = moves.stream AND clocks.clock = moves.clock
    AND moves.calendar IS NULL AND NOT EXISTS (SELECT FROM gap)
)"""


def filled(given: Given, sizes: Sequence[int] = SIZES) -> tuple[str, list[Any]]:
    """The statement for these rows and its values. It answers how many streams are not at their version."""
    most = max(map(len, given))
    size = next((size for size in sizes if size >= most), 0)
    values: list[Any] = []
    for rows, width in zip(given, WIDTHS, strict=True):
        if rows and size:
            values.extend(chain.from_iterable(rows))
            values.extend((None,) * (width * (size - len(rows))))
        elif rows:
            values.extend(zip(*rows, strict=True))
    return statement(size, *map(bool, given)), values


@cache
def statement(size: int, *present: bool) -> str:
    """The statement with the kinds of `Given` that are present, `size` rows of each; 0: arrays."""
    places = iter(range(1, (size or 1) * sum(WIDTHS) + 1))
    kinds = zip(TYPES, present, strict=True)
    return _statement([_source(types, size, places) if there else "" for types, there in kinds])


def _source(types: Types, size: int, places: Iterator[int]) -> str:
    return _values(types, size, places) if size else _arrays(types, places)


def _values(types: Types, size: int, places: Iterator[int]) -> str:
    """The types of the first row are those of all; NULL stands where there is no row."""
    first = ", ".join(f"${next(places)}::{kind}" for _, kind in types)
    others = [", ".join(f"${next(places)}" for _ in types) for _ in range(size - 1)]
    rows = ", ".join(f"({row}, {place})" for place, row in enumerate([first, *others]))
    return f"(VALUES {rows}) AS it({_names(types)}, place) WHERE {types[0][0]} IS NOT NULL"


def _arrays(types: Types, places: Iterator[int]) -> str:
    columns = ", ".join(f"${next(places)}::{kind}[]" for _, kind in types)
    return f"unnest({columns}) WITH ORDINALITY AS it({_names(types)}, place)"


def _names(types: Types) -> str:
    return ", ".join(name for name, _ in types)


def _statement(sources: Sequence[str]) -> str:
    """What is not there, nothing is done about. An empty `gap` stands for streams that expect nothing.

    `gap` counts streams that do not stand where the facts were decided; a stream that stands further is
    refused by the unique (stream, version). `held` comes first: a timer that holds one of these clocks will
    write to its stream, and two writers that wait for each other would wait for the server to find out.
    """
    heads, events, answers, keys, moves = sources
    stands = _STANDS + _AND_HELD if moves else _STANDS
    parts = [
        *([_given("moves", MOVE, moves), _HELD] if moves else []),
        *([_given("heads", HEAD, heads), _GAP] if heads else ["gap AS (SELECT WHERE false)"]),
        *([_given("given", EVENT, events, "place"), _STORED.format(stands=stands)] if events else []),
        *([_given("answers", ANSWER, answers), _ANSWERED] if answers else []),
        *([_given("keys", KEY, keys), _VAULTED] if keys else []),
        *([_LISTED] if moves else []),
    ]
    return f"WITH {', '.join(parts)}\nSELECT count(*) FROM gap"


def _given(name: str, types: Types, source: str, *more: str) -> str:
    return " ".join((name, "AS (SELECT", ", ".join([_names(types), *more]), "FROM", source)) + ")"
