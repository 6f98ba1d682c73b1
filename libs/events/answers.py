"""The answers of commands: built once, stored with the events, written out again for a repeated request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from libs.events.envelope import position
from libs.events.execute import Request
from libs.events.stage import Stage
from libs.events.store import Answer

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stream stands after a command; `created`: it began with it."""

    stream: str
    version: int
    state: Any
    created: bool = False


def of_state(stage: Stage, at: Standing, allowed: list[str]) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers by which every stage tells a matter's state (interfaces section 1)."""
    matter = at.stream.partition("-")[2]
    body = {"matter": matter, "stream": at.stream, "version": at.version, "state": stage.view(at.state)}
    headers = {"etag": f'"{at.version}"', "position": position(at.stream, at.version)}
    if at.created:
        headers["location"] = f"/v1/{stage.noun}/{matter}"
    return 201 if at.created else 200, {**body, "allowed": allowed}, headers


def stored(request: Request | None, status: int, document: Any, headers: Mapping[str, str]) -> Answer:
    """The answer as it is kept under the request's idempotency key."""
    asked = request or Request("", "", "", b"")
    kept = tuple(headers.items())
    return Answer(asked.caller, asked.key, asked.route, asked.body_sha256, status, written(document), kept)


def answered(answer: Answer, *, replayed: bool = False) -> Response:
    """The HTTP form of a stored answer."""
    headers = dict(answer.headers)
    if replayed:
        headers["idempotency-replayed"] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json")


def written(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _COMPACT.encode(document).encode()
