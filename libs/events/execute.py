"""Load, fold, decide, append: the whole write path between a route and the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar, Unpack

from libs.events.contracts import Event
from libs.events.decider import Decider, fold
from libs.events.envelope import Cause
from libs.events.errors import (
    ConcurrencyConflict,
    EditionAwaited,
    KeyMisused,
    KeyRaced,
    KeyTaken,
    Rejected,
    StaleVersion,
    UnknownStream,
)
from libs.events.safeguards import removed
from libs.events.store import Answer, Append, EventStore, Transaction, VaultKey
from libs.events.telemetry import tracing
from libs.events.timing.deciding import Decision, EditionMissing, Library, Moment, decided

__all__ = [
    "ATTEMPTS",
    "Library",
    "Outcome",
    "Request",
    "Terms",
    "execute",
    "execute_within",
    "load",
    "stored_answer",
]

Command = TypeVar("Command")
State = TypeVar("State")
Fact = TypeVar("Fact", bound=Event)

ATTEMPTS = 10
"""How often a command is decided afresh when others were faster, before its caller hears so."""


class Request(NamedTuple):
    """The idempotency identity of an HTTP request (reliability 2.4)."""

    caller: str
    key: str
    route: str
    body_sha256: bytes


class Outcome(NamedTuple, Generic[State]):
    """What became of a command. `replayed` is the stored answer when the request came before."""

    stream: str
    version: int
    state: State
    facts: tuple[Event, ...]
    replayed: Answer | None = None


class Terms(TypedDict, Generic[State], total=False):
    """What a caller may ask of an execution, beyond the command itself.

    `request`: store the answer under its idempotency key, replay a stored one.
    `if_match`: only if the stream is still at this version (StaleVersion).
    `respond`: builds the stored answer from stream, version, state and "did the stream begin here".
    `must_exist`: an unknown stream raises UnknownStream (the default).
    `unheard_of`: the stream's id was made a moment ago, so there is nothing to read.
    `keys`: the matter's first sealing key, stored with the facts that hold text sealed with it.
    `library`: the reference data that limits and calendars are taken from; without it no clock starts.
    """

    request: Request | None
    if_match: int | None
    respond: Callable[[str, int, State, bool], Answer] | None
    must_exist: bool
    unheard_of: bool
    keys: Sequence[VaultKey]
    library: Library


async def load(
    store: EventStore | Transaction, decider: Decider[Command, State, Fact], stream: str
) -> tuple[int, State]:
    """Version and state of a stream; 0 and the starting state when nobody has heard of it."""
    history = await store.read(stream)
    facts: list[Any] = [event.data for event in history]
    return len(history), fold(decider, facts)


async def execute(
    store: EventStore,
    decider: Decider[Command, State, Fact],
    stream: str,
    command: Command,
    cause: Cause,
    **terms: Unpack[Terms[State]],
) -> Outcome[State]:
    """Carry out one command, at most once per idempotency key; durable when it returns.

    Raises Rejected, UnknownStream, StaleVersion, KeyMisused, KeyRaced (the command's texts must be sealed
    again), ConcurrencyConflict (after ten fresh attempts) and Unavailable (EditionAwaited is one).
    """
    attempt = _Attempt(store, decider, stream, terms)
    for _ in range(ATTEMPTS):
        try:
            return await attempt.once(command, cause)
        except (Rejected, UnknownStream, StaleVersion, KeyTaken, KeyRaced):
            replayed = await attempt.replayed()
            if replayed is None:
                raise  # here, not below: a frame that names the error it raises is a cycle with it
            return replayed
        except ConcurrencyConflict:
            continue
    raise ConcurrencyConflict(stream)


@dataclass(slots=True)
class _Attempt(Generic[Command, State, Fact]):
    """One command on one stream, from reading to storing."""

    store: EventStore
    decider: Decider[Command, State, Fact]
    stream: str
    terms: Terms[State]

    async def once(self, command: Command, cause: Cause) -> Outcome[State]:
        version, before = await self._standing()
        self._expect(version)
        decision = _decided(self.decider, command, before, cause, self.terms.get("library"))
        outcome = Outcome(self.stream, version + len(decision.facts), decision.state, decision.facts)
        await self._store(outcome, version, decision.causes(cause))
        return outcome

    async def _standing(self) -> tuple[int, State]:
        if self.terms.get("unheard_of"):
            return 0, self.decider.initial
        return await load(self.store, self.decider, self.stream)

    def _expect(self, version: int) -> None:
        if_match = self.terms.get("if_match")
        if version == 0 and self.terms.get("must_exist", True):
            raise UnknownStream(self.stream)
        if if_match is not None and if_match != version:
            raise StaleVersion(version)

    async def _store(self, outcome: Outcome[State], expected: int, causes: tuple[Cause, ...]) -> None:
        appends = [Append(self.stream, expected, outcome.facts, causes)] if outcome.facts else []
        respond = self.terms.get("respond")
        answer = (
            respond(self.stream, outcome.version, outcome.state, expected == 0)
            if respond and self.terms.get("request") and not removed("idempotency-row")
            else None
        )
        if appends or answer:
            with tracing.span("events.append", causes[0].traceparent):
                await self.store.append(appends, answer, self.terms.get("keys", ()) if appends else ())

    async def replayed(self) -> Outcome[State] | None:
        """The answer this very request got before, if it did."""
        answer = await stored_answer(self.store, self.terms.get("request"))
        return None if answer is None else Outcome(self.stream, 0, self.decider.initial, (), answer)


def _decided(
    decider: Decider[Any, State, Any], command: object, before: State, cause: Cause, library: Library | None
) -> Decision[State]:
    try:
        return decided(decider, command, before, Moment(cause.at, library or Library()))
    except EditionMissing as missing:
        raise EditionAwaited(missing.name) from missing


async def stored_answer(store: EventStore, request: Request | None) -> Answer | None:
    """What this request was answered before. Raises KeyMisused when its key belongs to another one."""
    answer = await store.answer(request.caller, request.key) if request else None
    if request and answer and (answer.route, answer.body_sha256) != (request.route, request.body_sha256):
        raise KeyMisused(request.key)
    return answer


async def execute_within(
    tx: Transaction,
    decider: Decider[Command, State, Fact],
    stream: str,
    command: object,
    cause: Cause,
    library: Library | None = None,
) -> list[Fact]:
    """Carry out one command inside a transaction. Never retries: whoever began it does.

    Raises Rejected, and EditionAwaited while an edition that rules the matter is not known here.
    """
    version, state = await load(tx, decider, stream)
    decision = _decided(decider, command, state, cause, library)
    if decision.facts:
        await tx.append([Append(stream, version, decision.facts, decision.causes(cause))])
    return [*decision.facts]
