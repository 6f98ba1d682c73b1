"""The writing half of a stage. metrics has none: its absence says "read only"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from libs.events.answers import Standing
from libs.events.envelope import Cause, Envelope
from libs.events.errors import KeyRaced, Rejected, Unavailable, UnknownStream
from libs.events.execute import Library, Outcome, Request, execute, load
from libs.events.problems import Problem
from libs.events.sealing import Cipher, Sealer
from libs.events.stage import Stage
from libs.events.store import Answer, EventStore, VaultKey

__all__ = ["Cipher", "Desk", "Library", "Order"]

RUN_AGAIN = KeyRaced
"""Not a refusal: the edge runs the endpoint once more, which seals with the key that holds by then."""


class Order(NamedTuple):
    """One command with the terms it was asked under. `key`: its texts are the first of their matter."""

    stream: str
    command: Any
    cause: Cause
    request: Request | None = None
    if_match: int | None = None
    starts: bool = False
    key: VaultKey | None = None
    unheard_of: bool = False


@dataclass(slots=True)
class Desk:
    """The stage with its store, its keys and what it knows of reference data.

    `opened` is None until the database first answered.
    """

    stage: Stage
    sealer: Sealer
    operations: Mapping[str, str]
    opened: EventStore | None = None
    library: Library = field(default_factory=Library)

    @property
    def store(self) -> EventStore:
        """The store; Unavailable until the database first answered."""
        if self.opened is None:
            raise Unavailable("database")
        return self.opened

    def stream(self, matter: UUID) -> str:
        """The stage's stream of a matter."""
        return f"{self.stage.prefix}-{matter}"

    async def carry_out(
        self, order: Order, respond: Callable[[Standing], Answer], allowed: Callable[[Any], list[str]]
    ) -> Outcome[Any]:
        """Execute; a rule's refusal becomes a Problem that says what is possible instead."""
        keys = (order.key,) if order.key else ()
        try:
            outcome = await execute(
                self.store,
                self.stage.decider,
                order.stream,
                order.command,
                order.cause,
                request=order.request,
                if_match=order.if_match,
                respond=lambda *standing: respond(Standing(*standing)),
                must_exist=not order.starts,
                unheard_of=order.unheard_of,
                keys=keys,
                library=self.library,
            )
        except Rejected as refusal:
            raise Problem(refusal.rule, allowed=await self._possible_now(order.stream, allowed)) from None
        if outcome.facts:
            self.sealer.remember(keys)
        return outcome

    async def _possible_now(self, stream: str, allowed: Callable[[Any], list[str]]) -> list[str]:
        try:
            _, state = await self.state(stream)
        except UnknownStream:
            return []
        return allowed(state)

    async def state(self, stream: str) -> tuple[int, Any]:
        """The newest version and its state; UnknownStream when nobody has heard of it."""
        version, state = await load(self.store, self.stage.decider, stream)
        if version == 0:
            raise UnknownStream
        return version, state

    async def history(self, stream: str) -> list[Envelope]:
        """Every event of the stream; UnknownStream when there is none."""
        history = await self.store.read(stream)
        if not history:
            raise UnknownStream
        return history

    async def newest(self, stream: str) -> int:
        """Own streams are read from the truth; foreign ones as far as their effects are committed."""
        if stream.startswith(f"{self.stage.prefix}-"):
            return (await self.store.versions([stream])).get(stream, 0)
        return await self.store.applied(stream)

    def possible(self, state: Any) -> Sequence[str]:
        """The kebab-case commands of this state that have a route."""
        return [name for name in self.stage.allowed(state) if name in self.operations]
