"""The person behind a request, and what the request may touch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response

from libs.events.answers import Standing, answered, of_state, stored
from libs.events.contracts.values import Sealed
from libs.events.desk import RUN_AGAIN, Cipher, Desk, Order
from libs.events.envelope import Actor, Cause
from libs.events.execute import Outcome, Request
from libs.events.front import Front
from libs.events.store import Answer, EventStore, VaultKey
from libs.events.telemetry import tracing


@dataclass(slots=True)
class Caller:
    """One per request: identity and clock enter with it, once, and nowhere deeper."""

    user: str
    org: str
    roles: frozenset[str]
    jurisdiction: str | None
    role: str
    on_behalf_of: str | None
    at: datetime
    command_id: UUID
    make_id: Callable[[], UUID]
    traceparent: str
    front: Front
    operation: str = ""
    request: Request | None = None
    if_match: int | None = None
    made: Answer | None = field(default=None, repr=False)
    fresh: dict[UUID, VaultKey] = field(default_factory=dict, repr=False)
    begun: set[UUID] = field(default_factory=set)

    @property
    def desk(self) -> Desk:
        """The writing half of the service; only routes of a stage may ask for it."""
        if self.front.desk is None:
            raise TypeError("a read-only service has no commands")
        return self.front.desk

    @property
    def store(self) -> EventStore:
        """The stage's store; Unavailable until the database first answered."""
        return self.desk.store

    def new_matter(self) -> UUID:
        """The id of a matter that begins here. Nobody can know it, so nothing of it is looked up."""
        matter = self.make_id()
        self.begun.add(matter)
        self.fresh[matter] = self.desk.sealer.first_key(matter)
        return matter

    async def run(
        self, matter: UUID, command: Any, *, starts: bool = False, channel: str | None = None
    ) -> Response:
        """Carry out one command on the stage's stream of the matter and answer with the new state.

        200, or 201 with `Location` where the stream begins; 409 with `allowed` when a rule refuses.
        `starts`: the stream may be new. `channel`: goes into the envelope of the facts.
        """
        stream = self.desk.stream(matter)
        with tracing.span("command.execute", self.traceparent) as traceparent:
            cause = self.cause(traceparent=traceparent, channel=channel)
            key = self.fresh.get(matter)
            fresh = matter in self.begun
            order = Order(stream, command, cause, self.request, self.if_match, starts, key, fresh)
            outcome = await self._carried_out(order)
        if outcome.replayed is not None:
            self.front.meters.command(self.operation, "replayed")
            return answered(outcome.replayed, replayed=True)
        self.front.meters.command(self.operation, "accepted")
        return answered(self.made or self._respond(Standing(stream, outcome.version, outcome.state)))

    async def _carried_out(self, order: Order) -> Outcome[Any]:
        try:
            return await self.desk.carry_out(order, self._respond, self.allowed)
        except RUN_AGAIN:
            raise
        except Exception:
            self.front.meters.command(self.operation, "refused")
            raise

    def _respond(self, at: Standing) -> Answer:
        status, document, headers = of_state(self.desk.stage, at, self.allowed(at.state))
        self.made = self.answer(status, document, headers)
        return self.made

    def answer(self, status: int, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer as it is stored under the request's idempotency key."""
        return stored(self.request, status, document, headers or {})

    def cause(
        self, *, at: datetime | None = None, traceparent: str | None = None, **origin: str | None
    ) -> Cause:
        """Why facts come to be: this person, now, or at the business time of an imported row."""
        return Cause(
            actor=Actor(self.user, self.org, self.role, self.on_behalf_of),
            at=at or self.at,
            command_id=self.command_id,
            correlation_id=self.command_id,
            traceparent=traceparent or self.traceparent,
            jurisdiction=self.jurisdiction,
            **origin,
        )

    def allowed(self, state: Any) -> list[str]:
        """What this caller may do next: the commands of the state, as far as the roles go."""
        desk, roles_of = self.desk, self.front.roles_of
        operations = desk.operations
        return [name for name in desk.possible(state) if self.roles & roles_of(operations[name])]

    async def cipher(self, matter: UUID) -> Cipher:
        """What seals several texts of one matter.

        A first key is stored with the events of the command that follows, or not at all.
        """
        sealer = self.desk.sealer
        return sealer.at_hand(matter, self.fresh) or await sealer.cipher(self.store, matter, self.fresh)

    async def seal(self, matter: UUID, text: str) -> Sealed:
        """The text under the matter's key; nothing else of it may go further than this."""
        return (await self.cipher(matter)).seal(text)

    async def seal_optional(self, matter: UUID, text: str | None) -> Sealed | None:
        """The same for a text that may be absent."""
        return None if text is None else await self.seal(matter, text)

    async def seal_all(self, texts: Iterable[tuple[UUID, str]]) -> list[Sealed]:
        """Many texts of many matters in one look at the vault (imports)."""
        return await self.desk.sealer.seal(self.store, texts, self.fresh)

    async def serial(self, scope: str) -> int:
        """The next number of a scope, for numbers that people read."""
        return await self.store.serial(scope)
