"""A rebuild folds what the inbox applied: held to the real inbox on the store in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.events.clock import system_clock
from libs.events.codec import encode
from libs.events.fast import Fast
from libs.events.inbox import Inbox
from libs.events.memory import MemoryStore
from libs.events.store import Parked, ParkedState
from services.metrics.decisions import Decisions, Place
from services.metrics.fold import fold
from services.metrics.folding import Folder, Log, Message, Source, UnknownEvent
from services.metrics.matter import Matter
from services.metrics.projections import read
from services.metrics.rows import COLUMNS, row
from tests.unit.metrics.histories import MATTER, START, envelope, fact

OTHER = UUID(int=7)
TOPICS = Log("").topics
DISPATCH: Source = ("case.dispatch", 0)
KINDS = (
    "dispatch.case_received",
    "dispatch.case_dispatched",
    "dispatch.assignment_signed",
    "dispatch.feedback_submitted",
    "dispatch.case_closed",
    "dispatch.case_reopened",
)


def record(version: int, matter: UUID = MATTER) -> bytes:
    data = fact(KINDS[version % len(KINDS)])
    return encode(envelope(f"case-{matter}", version, data, START.replace(minute=version)))


@dataclass(frozen=True)
class Delivered:
    """A record as aiokafka gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    topic: str = "case.dispatch"
    partition: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


class InMemory:
    """Effects of the live projector, with the rows in a dictionary."""

    unknown: Literal["stop"] = "stop"
    decode = staticmethod(read)

    def __init__(self) -> None:
        self.matters: dict[str, Matter] = {}

    async def applied(self, tx: Any, streams: Sequence[str]) -> dict[str, int]:
        return {stream: self._of(stream).version(stream) for stream in streams}

    async def apply(self, tx: Any, envelopes: Sequence[Fast]) -> None:
        for event in envelopes:
            fold(self._of(event.stream), event)

    def _of(self, stream: str) -> Matter:
        matter = stream.partition("-")[2]
        return self.matters.setdefault(matter, Matter(matter))


def rows(matters: Sequence[Matter]) -> dict[str, Any]:
    return {matter.id: row(matter) for matter in matters if any(matter.parts())}


async def live(
    log: Sequence[Message], decide: Sequence[tuple[int, ParkedState]] = (), later: Sequence[Message] = ()
) -> tuple[dict[str, Any], Decisions]:
    """What the real inbox makes of the log; an operator decides, the inbox carries it out; more arrives."""
    store, effects = MemoryStore(), InMemory()
    inbox = Inbox[Fast](store, effects, TOPICS)
    await inbox.claim([DISPATCH], 1)
    await inbox.receive([Delivered(*message) for message in log])
    for offset, state in decide:
        await _decide(store, offset, state)
        await inbox.replay()
    await inbox.receive([Delivered(*message) for message in later])
    parked = [found for state in get_args(ParkedState) for found in await store.parked(state)]
    decisions = Decisions({Place(found.topic, found.partition, found.offset): found for found in parked})
    return rows(list(effects.matters.values())), decisions


async def _decide(store: MemoryStore, offset: int, state: ParkedState) -> None:
    waiting = [found for found in await store.parked("PENDING") if found.offset == offset]
    async with store.begin() as transaction:
        await transaction.settle(waiting, state, "operator-1", "looked at")


def rebuilt(log: Sequence[Message], decisions: Decisions, cut: int | None = None) -> dict[str, Any]:
    """The same log folded again, in one go, or in two with nothing decided before the second."""
    undecided = {place: replace(row_of, state="PENDING") for place, row_of in decisions.rows.items()}
    first = Folder(TOPICS, decisions if cut is None else Decisions(undecided))
    first.take(DISPATCH, log[:cut])
    matters, left = first.finish()
    if cut is None:
        return rows(matters)
    second = Folder(TOPICS, decisions)
    second.matters = dict(first.matters)
    for source, message in left:
        second.take(source, [message])
    second.take(DISPATCH, log[cut:])
    return rows(second.finish()[0])


def log_of(*values: bytes | int, matter: UUID = MATTER) -> list[Message]:
    """Records at offsets 0, 1, 2 …; a number stands for the event of that version."""
    key = str(matter).encode()
    return [
        (offset, key, record(value, matter) if isinstance(value, int) else value)
        for offset, value in enumerate(values)
    ]


CASES: dict[str, tuple[list[Message], list[tuple[int, ParkedState]]]] = {
    "in order": (log_of(1, 2, 3), []),
    "delivered twice": (log_of(1, 1, 2, 1, 2, 3, 3), []),
    "a gap that closes": (log_of(1, 3, 4, 2, 5), []),
    "a gap that stays": (log_of(1, 3, 4), []),
    "a first version that is missing": (log_of(2, 3), []),
    "bytes that hold up the stream": (log_of(1, b"{", 2, 3), []),
    "bytes given up": (log_of(1, b"{", 2, 3), [(1, "DISCARDED")]),
    "bytes given up, the rest asked for": (
        log_of(1, b"{", 2, 3),
        [(1, "DISCARDED"), (2, "REPLAY_REQUESTED")],
    ),
    "a version given up": (log_of(1, b"{", 3, 4), [(1, "DISCARDED")]),
    "a version given up, the rest asked for": (
        log_of(1, b"{", 3, 4),
        [(1, "DISCARDED"), (2, "REPLAY_REQUESTED")],
    ),
    "an event given up and delivered again": (log_of(1, 3, 3), [(1, "DISCARDED")]),
    "an event given up, a later copy before the rest": (log_of(1, 3, 4, 3), [(1, "DISCARDED")]),
    "a gap replayed across": (log_of(1, 3, 4), [(1, "REPLAY_REQUESTED"), (2, "REPLAY_REQUESTED")]),
    "a gap replayed across, an earlier version behind it": (log_of(3, 1), [(0, "REPLAY_REQUESTED")]),
    "bytes that still cannot be read": (log_of(1, b"{", 2), [(1, "REPLAY_REQUESTED")]),
    "a foreign key": (
        [(0, str(OTHER).encode(), record(1)), *log_of(1)[:0], (1, str(MATTER).encode(), record(1))],
        [],
    ),
    "no key": ([(0, None, record(1)), (1, b"x", b""), (2, str(MATTER).encode(), record(1))], []),
    "no value": ([(0, str(MATTER).encode(), None), (1, str(MATTER).encode(), record(1))], []),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_rebuild_folds_what_the_inbox_applied(name: str) -> None:
    log, decide = CASES[name]
    expected, decisions = await live(log, decide)
    assert rebuilt(log, decisions) == expected
    for cut in range(1, len(log)):
        assert rebuilt(log, decisions, cut) == expected


async def test_a_version_that_comes_after_the_operator_went_across_its_gap_has_no_effect() -> None:
    log = log_of(1, 3)
    expected, decisions = await live(log, [(1, "REPLAY_REQUESTED")])
    late = encode(envelope(f"case-{MATTER}", 2, fact(KINDS[2]), system_clock() + timedelta(days=1)))
    assert rebuilt([*log, (2, str(MATTER).encode(), late)], decisions) == expected


async def test_an_event_given_up_stays_so_in_a_log_that_was_filled_again() -> None:
    """After `republish` the event stands elsewhere, and the decision under the name of a lost topic."""
    later = [(offset + 2, key, value) for offset, key, value in log_of(2, 4)]
    expected, decisions = await live(log_of(1, 3), [(1, "DISCARDED")], later)
    lost = {place._replace(topic="case.dispatch~lost-1"): found for place, found in decisions.rows.items()}
    assert rebuilt(log_of(1, 2, 3, 4), Decisions(lost)) == expected


async def test_an_unreadable_record_of_one_matter_does_not_hold_up_another() -> None:
    others = [(10 + offset, key, value) for offset, key, value in log_of(1, 2, matter=OTHER)]
    log = [*log_of(1, b"{", 2), *others]
    expected, decisions = await live(log)
    assert rebuilt(log, decisions) == expected
    versions = {
        matter: dict(zip(COLUMNS, values, strict=True))["case_version"] for matter, values in expected.items()
    }
    assert versions == {str(OTHER): 2, str(MATTER): 1}


messages = st.lists(st.one_of(st.integers(1, 6), st.just(b"{")), max_size=12)
decided = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(["DISCARDED", "REPLAY_REQUESTED"])), max_size=4
)


@given(messages, decided, st.integers(0, 12))
@settings(max_examples=150)
async def test_any_delivery_gives_live_and_rebuilt_the_same_rows(
    values: list[int | bytes], decide: list[tuple[int, ParkedState]], cut: int
) -> None:
    # Replayed and delivered once more: whether that came before or after, no log tells.
    chosen = [
        (offset, state)
        for offset, state in decide
        if values[offset : offset + 1] and (state == "DISCARDED" or once(values, offset))
    ]
    log = log_of(*values)
    expected, decisions = await live(log, chosen)
    assert rebuilt(log, decisions) == expected
    assert rebuilt(log, decisions, min(cut, len(log))) == expected


def once(values: list[int | bytes], offset: int) -> bool:
    return values[offset] == b"{" or values.count(values[offset]) == 1


def test_an_unknown_kind_stops_the_rebuild_and_says_where() -> None:
    newer = record(1).replace(b"dispatch.case_dispatched", b"dispatch.case_blessedly_dispatched")
    with pytest.raises(UnknownEvent, match=r"case\.dispatch/0 offset 41"):
        Folder(TOPICS, Decisions()).take(DISPATCH, [(41, str(MATTER).encode(), newer)])


def test_a_record_that_waits_for_a_person_is_carried_over() -> None:
    stream = f"case-{MATTER}"
    failed = Parked("case.dispatch", 0, 1, stream, 2, "effect:ValueError", b"", None, START)
    behind = Parked("case.dispatch", 0, 2, stream, 3, "behind", b"", None, START)
    rows_of = {Place("case.dispatch", 0, row_of.offset): row_of for row_of in (failed, behind)}
    folder = Folder(TOPICS, Decisions(rows_of))
    folder.take(DISPATCH, log_of(1, 2, 3))
    assert [message[0] for _, message in folder.finish()[1]] == [1, 2]
    gone = {place: replace(row_of, state="DISCARDED") for place, row_of in rows_of.items()}
    again = Folder(TOPICS, Decisions(gone))
    again.take(DISPATCH, log_of(1, 2, 3))
    assert again.finish()[1] == []
