"""The answers of commands: built once, stored with the events, written out again for a repeated request."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from libs.events.envelope import position
from libs.events.execute import Request
from libs.events.jsontext import to_json
from libs.events.stage import Stage
from libs.events.store import Answer


class Standing(NamedTuple):
    """Where a stream stands after a command; `created`: it began with it."""

    stream: str
    version: int
    state: Any
    created: bool = False


class Said(Response):
    """JSON that is written already, under headers of our own: Starlette need not look at either."""

    media_type = "application/json"

    def __init__(self, body: bytes, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.status_code, self.body, self.background = status, body, None
        self._headers_said = headers

    def _raw(self) -> list[tuple[bytes, bytes]]:
        """As every response has them; only for those who do not take the answer whole."""
        sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._headers_said]
        length, kind = b"%d" % len(self.body), b"application/json"
        return [*sent, (b"content-length", length), (b"content-type", kind)]

    raw_headers: Any = cached_property(_raw)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Whole where the outermost layer takes it so; else as any response does it."""
        take = getattr(send, "take", None)
        if take is not None and take(self.status_code, self._headers_said, self.body):
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def of_state(stage: Stage, at: Standing, allowed: list[str]) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers by which every stage tells a matter's state (interfaces section 1)."""
    matter = at.stream.partition("-")[2]
    body = {"matter": matter, "stream": at.stream, "version": at.version, "state": stage.view(at.state)}
    headers = headers_of(at.stream, at.version)
    if at.created:
        headers["location"] = f"/v1/{stage.noun}/{matter}"
    return 201 if at.created else 200, {**body, "allowed": allowed}, headers


def of_read(body: Any, stream: str, version: int) -> Response:
    """The answer of a read of one stream: what it says, and up to which version."""
    return Response(written(body), headers=headers_of(stream, version), media_type="application/json")


def headers_of(stream: str, version: int) -> dict[str, str]:
    """What a client may hand back to see at least this much."""
    return {"etag": f'"{version}"', "position": position(stream, version)}


def stored(request: Request | None, status: int, document: Any, headers: Mapping[str, str]) -> Answer:
    """The answer as it is kept under the request's idempotency key."""
    asked = request or Request("", "", "", b"")
    kept = tuple(headers.items())
    return Answer(asked.caller, asked.key, asked.route, asked.body_sha256, status, written(document), kept)


def answered(answer: Answer, *, replayed: bool = False) -> Response:
    """The HTTP form of a stored answer."""
    headers = (*answer.headers, ("idempotency-replayed", "true")) if replayed else answer.headers
    return Said(answer.body, answer.status, headers)


def written(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return to_json(document)
