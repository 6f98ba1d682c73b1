"""Bring a batch of histories into the log through the decider: each row whole or not at all."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from libs.events.contracts import Event
from libs.events.decider import Decider, fold
from libs.events.envelope import Cause, matter_of
from libs.events.errors import ConcurrencyConflict, KeyRaced, KeyTaken, Rejected
from libs.events.execute import ATTEMPTS, Request, stored_answer
from libs.events.store import Answer, Append, EventStore, VaultKey

Command = TypeVar("Command")
Asked_co = TypeVar("Asked_co", covariant=True)
State = TypeVar("State")
Fact = TypeVar("Fact", bound=Event)

ROWS_PER_TURN = 50
"""Rows decided before other requests of the process get a turn (reliability 1.4: chunks of 50 ms)."""


@dataclass(frozen=True, slots=True)
class Row(Generic[Asked_co]):
    """One history: the commands that lead to it, each with its own business time."""

    stream: str
    steps: tuple[tuple[Asked_co, Cause], ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row. `code` and `detail` name the refusal of a rejected one."""

    stream: str
    status: Literal["IMPORTED", "ALREADY", "REJECTED"]
    events: int = 0
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class RowsOutcome:
    """One result per row, in order; empty with `replayed` when the request came before."""

    results: tuple[RowResult, ...]
    replayed: Answer | None = None


async def execute_rows(
    store: EventStore,
    decider: Decider[Command, State, Fact],
    rows: Sequence[Row[Command]],
    *,
    request: Request | None = None,
    respond: Callable[[Sequence[RowResult]], Answer] | None = None,
    keys: Sequence[VaultKey] = (),
) -> RowsOutcome:
    """Store all acceptable rows in one append. A stream that exists already is left alone.

    Of `keys`, the first sealing keys of the rows' matters, those of the rows that go in are stored.

    Raises KeyMisused, KeyRaced (the rows must be sealed again), ConcurrencyConflict (after ten fresh
    attempts) and Unavailable.
    """
    for _ in range(ATTEMPTS):
        results, appends = await _decide_all(store, decider, rows)
        answer = respond(results) if request and respond else None
        try:
            if appends or answer:
                await store.append(appends, answer, _needed(keys, appends))
        except (KeyTaken, KeyRaced):
            replayed = await stored_answer(store, request)
            if replayed is None:
                raise
            return RowsOutcome((), replayed)
        except ConcurrencyConflict:
            continue
        return RowsOutcome(tuple(results))
    raise ConcurrencyConflict(f"{len(rows)} rows")


def _needed(keys: Sequence[VaultKey], appends: Sequence[Append]) -> list[VaultKey]:
    written = {matter_of(append.stream) for append in appends}
    return [key for key in keys if key.matter in written]


async def _decide_all(
    store: EventStore, decider: Decider[Command, State, Fact], rows: Sequence[Row[Command]]
) -> tuple[list[RowResult], list[Append]]:
    known = set(await store.versions([row.stream for row in rows]))
    results: list[RowResult] = []
    appends: list[Append] = []
    for index, row in enumerate(rows):
        if index % ROWS_PER_TURN == ROWS_PER_TURN - 1:
            await asyncio.sleep(0)
        if row.stream in known:
            results.append(RowResult(row.stream, "ALREADY"))
            continue
        result, append = _decide(decider, row)
        results.append(result)
        if append:
            appends.append(append)
            known.add(row.stream)
    return results, appends


def _decide(decider: Decider[Command, State, Fact], row: Row[Command]) -> tuple[RowResult, Append | None]:
    state, facts, causes = decider.initial, list[Fact](), list[Cause]()
    try:
        for command, cause in row.steps:
            step = decider.decide(command, state)
            state = fold(decider, step, state)
            facts += step
            causes += [cause] * len(step)
    except Rejected as refusal:
        return RowResult(row.stream, "REJECTED", 0, refusal.rule, str(refusal)), None
    append = Append(row.stream, 0, tuple(facts), tuple(causes)) if facts else None
    return RowResult(row.stream, "IMPORTED", len(facts)), append
