"""A tiny stage for the store's suites: offers to mediate, three at most."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from libs.events.contracts import Event
from libs.events.contracts.mediation import MediationProposed, SlaWarned
from libs.events.contracts.values import SlaClock
from libs.events.decider import Decider
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.errors import Rejected
from libs.events.recording import Origin
from libs.events.store import Answer, Append, Parked, VaultKey

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ORIGIN = Origin("/bihuan/test/mediation", "case.mediation", branch=("reference-", "case.reference"))
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def matter(name: object) -> UUID:
    return uuid5(EVENT_NAMESPACE, f"sample {name}")


def stream(name: object) -> str:
    return f"dispute-{matter(name)}"


def cause(at: datetime = NOON) -> Cause:
    return Cause(Actor("li.na", "street-1", "MED"), at, matter("command"), matter("chain"), TRACE)


def offer(by: str = "li.na") -> MediationProposed:
    return MediationProposed(initiated_by="PARTY", by=by)


def offers(name: object, expected: int = 0, count: int = 1) -> Append:
    return Append(stream(name), expected, tuple(offer(f"u{i}") for i in range(count)), (cause(),))


def ticking(clock: Literal["PERIOD", "CONFIRMATION"] = "PERIOD", **reading: Any) -> SlaClock:
    """A clock that began at noon with a limit of thirty days, unless the reading says otherwise."""
    whole: dict[str, Any] = {"clock": clock, "state": "RUNNING", "started_at": NOON, "limit": "30d"}
    whole |= {"warn_at": NOON + timedelta(days=21), "due_at": NOON + timedelta(days=30)}
    whole |= {"policy_version": "p1", "calendar_version": "c1"}
    return SlaClock(**{**whole, **reading})


def timed(name: object, *clocks: SlaClock, expected: int = 0) -> Append:
    """A fact that moves these clocks."""
    fact = SlaWarned(clock=clocks[0].clock, due_at=NOON, clocks=clocks)
    return Append(stream(name), expected, (fact,), (cause(),))


def answer(key: str = "k1", caller: str = "li.na", body: bytes = b"{}", route: str = "Offer") -> Answer:
    return Answer(caller, key, route, b"\x01" * 32, 200, body, (("ETag", '"1"'),))


def key_of(name: object, key_id: object = "") -> VaultKey:
    return VaultKey(matter(name), f"key {name} {key_id}", f"{name} {key_id} \x00".encode())


def parked(offset: int, name: str | None = "a", version: int | None = 1, reason: str = "json") -> Parked:
    return Parked(
        topic="case.intake",
        partition=3,
        offset=offset,
        stream=stream(name) if name else None,
        version=version,
        reason=reason,
        record=b"\x00\xff not json",
        trace_id=None,
        parked_at=NOON + timedelta(seconds=offset),
        headers=(("traceparent", TRACE.encode()), ("odd", b"\xff\x00")),
    )


class TooManyOffers(Rejected, rule="sample.too_many_offers"): ...


@dataclass(frozen=True)
class Offer:
    by: str


@dataclass(frozen=True)
class KeepQuiet:
    """A command that is always satisfied already."""


def decide(command: Offer | KeepQuiet, state: tuple[str, ...]) -> list[Event]:
    if isinstance(command, KeepQuiet):
        return []
    if len(state) >= 3:
        raise TooManyOffers("three offers were made")
    return [offer(command.by)]


def evolve(state: tuple[str, ...], fact: Event) -> tuple[str, ...]:
    assert isinstance(fact, MediationProposed)
    return (*state, fact.by)


sample: Decider[Offer | KeepQuiet, tuple[str, ...], Event] = Decider(decide, evolve, ())
