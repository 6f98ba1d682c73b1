"""Who calls: the clock and the identity enter here, once, and nowhere deeper."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from libs.events.clock import new_id
from libs.events.contracts.values import Sealed
from libs.events.desk import Desk
from libs.events.envelope import Actor, Cause, position
from libs.events.errors import Rejected, UnknownStream
from libs.events.execute import Outcome, Request, execute
from libs.events.front import Front
from libs.events.problems import Problem
from libs.events.store import Answer, EventStore
from libs.events.telemetry import accepted, new_traceparent, tracing

TRACE = "bihuan.traceparent"
_ETAG = re.compile(r'"([1-9][0-9]{0,9})"', re.ASCII)


@dataclass(slots=True)
class Caller:
    """The person behind a request, with what the request may touch. One per request."""

    user: str
    org: str
    roles: frozenset[str]
    jurisdiction: str | None
    role: str
    on_behalf_of: str | None
    at: datetime
    traceparent: str
    front: Front
    operation: str = ""
    request: Request | None = None
    if_match: int | None = None
    made: Answer | None = field(default=None, repr=False)

    @property
    def desk(self) -> Desk:
        """The writing half of the service; only routes of a stage may ask for it."""
        if self.front.desk is None:
            raise TypeError("a read-only service has no commands")
        return self.front.desk

    @property
    def store(self) -> EventStore:
        return self.desk.store

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
            outcome = await self._execute(stream, command, cause, starts)
        if outcome.replayed is not None:
            self.front.meters.command(self.operation, "replayed")
            return answered(outcome.replayed, replayed=True)
        self.front.meters.command(self.operation, "accepted")
        return answered(self.made or self._respond(stream, outcome.version, outcome.state, created=False))

    async def _execute(self, stream: str, command: Any, cause: Cause, starts: bool) -> Outcome[Any]:  # noqa: FBT001 - one caller
        try:
            return await execute(
                self.store,
                self.desk.stage.decider,
                stream,
                command,
                cause,
                request=self.request,
                if_match=self.if_match,
                respond=self._respond,
                must_exist=not starts,
            )
        except Rejected as refusal:
            self.front.meters.command(self.operation, "refused")
            raise Problem(refusal.rule, allowed=await self._allowed_now(stream)) from None

    async def _allowed_now(self, stream: str) -> list[str]:
        try:
            _, state = await self.desk.state(stream)
        except UnknownStream:
            return []
        return self.allowed(state)

    def cause(
        self, *, at: datetime | None = None, traceparent: str | None = None, **origin: str | None
    ) -> Cause:
        """Why facts come to be: this person, now, or at the business time of an imported row."""
        command = new_id()
        return Cause(
            actor=Actor(self.user, self.org, self.role, self.on_behalf_of),
            at=at or self.at,
            command_id=command,
            correlation_id=command,
            traceparent=traceparent or self.traceparent,
            jurisdiction=self.jurisdiction,
            **origin,
        )

    def allowed(self, state: Any) -> list[str]:
        """What this caller may do next: the commands of the state, as far as the roles go."""
        operations, roles_of = self.desk.operations, self.front.roles_of
        return [name for name in self.desk.possible(state) if self.roles & roles_of(operations[name])]

    async def seal(self, matter: UUID, text: str) -> Sealed:
        """The text under the matter's key; nothing else of it may go further than this."""
        return (await self.seal_all([(matter, text)]))[0]

    async def seal_optional(self, matter: UUID, text: str | None) -> Sealed | None:
        """The same for a text that may be absent."""
        return None if text is None else await self.seal(matter, text)

    async def seal_all(self, texts: Iterable[tuple[UUID, str]]) -> list[Sealed]:
        """Many texts of many matters in one look at the vault (imports)."""
        return await self.desk.sealer.seal(self.store, texts)

    async def serial(self, scope: str) -> int:
        """The next number of a scope, for numbers that people read."""
        return await self.store.serial(scope)

    def _respond(self, stream: str, version: int, state: Any, created: bool) -> Answer:  # noqa: FBT001 - the signature execute calls
        stage = self.desk.stage
        matter = stream.partition("-")[2]
        document = {"matter": matter, "stream": stream, "version": version, "state": stage.view(state)}
        headers = {"etag": f'"{version}"', "position": position(stream, version)}
        if created:
            headers["location"] = f"/v1/{stage.noun}/{matter}"
        self.made = self.answer(
            201 if created else 200, {**document, "allowed": self.allowed(state)}, headers
        )
        return self.made

    def answer(self, status: int, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer as it is stored under the request's idempotency key."""
        request = self.request or Request("", "", "", b"")
        body = written(document)
        stored = tuple((headers or {}).items())
        return Answer(request.caller, request.key, request.route, request.body_sha256, status, body, stored)


def written(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def answered(answer: Answer, *, replayed: bool = False) -> Response:
    """The HTTP form of a stored answer."""
    headers = dict(answer.headers)
    if replayed:
        headers["idempotency-replayed"] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json")


async def caller(http: HttpRequest) -> Caller:
    """The dependency of every route: 401 without a valid token, 403 without a role for the operation."""
    front: Front = http.app.state.front
    principal = await front.tokens.principal(http.headers.get("authorization"))
    operation: str = http.scope["route"].operation_id
    permitted = front.roles_of(operation) & principal.roles
    if not permitted:
        raise Problem("not_permitted")
    return Caller(
        user=principal.user,
        org=principal.org,
        roles=principal.roles,
        jurisdiction=principal.jurisdiction,
        role=min(permitted),
        on_behalf_of=principal.on_behalf_of,
        at=front.clock(),
        traceparent=traceparent_of(http),
        front=front,
        operation=operation,
    )


def traceparent_of(http: HttpRequest) -> str:
    """The trace this request belongs to: the caller's own, else one that begins here."""
    known: str | None = http.scope.get(TRACE)
    if known is None:
        known = http.scope[TRACE] = accepted(http.headers.get("traceparent")) or new_traceparent()
    return known


def version_asked(if_match: str | None) -> int | None:
    """The version in `If-Match: "7"`; None when absent or `*`."""
    if if_match is None or if_match == "*":
        return None
    matched = _ETAG.fullmatch(if_match)
    if matched is None:
        raise Problem("if_match_malformed")
    return int(matched[1])
