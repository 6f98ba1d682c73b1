"""Records as they arrive from intake, and a stage that offers to mediate once per event it hears."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from libs.events.codec import decode, encode
from libs.events.contracts.intake import OutcomeWithdrawn
from libs.events.contracts.mediation import MediationProposed
from libs.events.envelope import Envelope
from libs.events.errors import UnknownKind
from libs.events.store import Append, EventStore, Transaction
from tests.conformance.samples import NOON, TRACE, cause, matter, offer, stream

TOPIC = "case.intake"
PREFIX_OF = {TOPIC: "report"}


@dataclass(frozen=True)
class Arrival:
    """A record as aiokafka gives it."""

    offset: int
    value: bytes | None
    key: bytes | None
    partition: int = 3
    topic: str = TOPIC
    headers: Sequence[tuple[str, bytes]] = (("traceparent", TRACE.encode()),)


def envelope(name: object, version: int) -> Envelope:
    fact = OutcomeWithdrawn(route="DISPATCH", cycle=version)
    return Envelope("/bihuan/test/intake", f"report-{matter(name)}", version, fact, cause(), NOON)


def key(name: object) -> bytes:
    return str(matter(name)).encode()


def event(offset: int, name: object, version: int, partition: int = 3) -> Arrival:
    return Arrival(offset, encode(envelope(name, version)), key(name), partition)


def poison(offset: int, name: object, value: bytes | None = b"{") -> Arrival:
    return Arrival(offset, value, key(name))


def unknown(offset: int, name: object, version: int, partition: int = 3) -> Arrival:
    known = encode(envelope(name, version))
    return Arrival(offset, known.replace(b"outcome_withdrawn", b"outcome_blessed"), key(name), partition)


@dataclass
class Offers:
    """Effects: each event leads to an offer on the matter's own stream, in the consumed transaction."""

    unknown: Literal["park", "stop"] = "park"
    refuse: set[str] = field(default_factory=set)
    fail: set[tuple[str, int]] = field(default_factory=set)
    """Single versions of a stream whose effect fails."""
    known: bool = False
    """Whether this build has learnt the kind `outcome_blessed`."""

    def decode(self, record: bytes) -> Envelope:
        try:
            return decode(record)
        except UnknownKind:
            if not self.known:
                raise
            return decode(record.replace(b"outcome_blessed", b"outcome_withdrawn"))

    async def applied(self, tx: Transaction, streams: Sequence[str]) -> dict[str, int]:
        return await tx.applied(streams)

    async def apply(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        for heard in envelopes:
            if heard.stream in self.refuse or (heard.stream, heard.version) in self.fail:
                raise ZeroDivisionError(heard.stream)
            own = f"dispute-{heard.matter}"
            history = await tx.read(own)
            await tx.append([Append(own, len(history), (offer(f"v{heard.version}"),), (cause(),))])
        await tx.advance({heard.stream: heard.version for heard in envelopes})


async def effects_of(store: EventStore, name: object) -> list[int]:
    """The versions of a matter's report that took effect, in order."""
    facts = [recorded.data for recorded in await store.read(stream(name))]
    return [int(fact.by[1:]) for fact in facts if isinstance(fact, MediationProposed)]
