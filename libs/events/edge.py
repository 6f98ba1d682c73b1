"""The path of every request of a service: admit, read, check, carry out, in bounded time.

FastAPI keeps the routes and their documentation. A command takes the short way through this module, because
the general one costs more than deciding and storing together (performance C1).
"""

import hashlib
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from libs.events import body
from libs.events.bounded import Bounded
from libs.events.errors import KeyRaced
from libs.events.execute import Request
from libs.events.http import Caller, caller, identified, version_asked
from libs.events.problems import Problem, wrong_fields

RACES = 2
"""Lost races for first keys after which a request is run once more; an import has several to lose."""
BULK = "/import"
"""Where a path ends that takes a batch of rows instead of one command."""
NOTHING = b"{}"
"""What a command without a body is taken for."""
_KEY_HEADER = b"idempotency-key"
_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)
_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.ASCII | re.IGNORECASE)


class EdgeRoute(APIRoute):
    """A route whose POSTs are commands: `(matter?, body?, by)` and nothing else in their signature."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if "POST" in (self.methods or ()):
            self.app = _Command(path, endpoint, _shape(self.dependant, path))

    def get_route_handler(self) -> Callable[[HttpRequest], Coroutine[Any, Any, Response]]:
        """A read: FastAPI's own handler under the request deadline."""
        handler = super().get_route_handler()

        async def bounded(request: HttpRequest) -> Response:
            return await in_time(handler(request), request.app.state.front.settings.request_deadline)

        return bounded


async def in_time(work: Coroutine[Any, Any, Response], seconds: float) -> Response:
    """The answer, or 503 `deadline_exceeded`: nothing hangs (reliability R10)."""
    bound = Bounded(seconds)
    try:
        with bound:
            return await work
    except TimeoutError:
        if bound.late:
            raise Problem("deadline_exceeded") from None
        raise


@dataclass(frozen=True, slots=True)
class Shape:
    """Which argument of an endpoint is what."""

    path: tuple[str, ...]
    body: str | None
    model: TypeAdapter[Any] | None
    caller: str


def _shape(dependant: Dependant, path: str) -> Shape:
    others = (*dependant.query_params, *dependant.header_params, *dependant.cookie_params)
    by = [dependency.name for dependency in dependant.dependencies if dependency.call is caller]
    if others or len(by) != 1 or by[0] is None or len(dependant.dependencies) > 1:
        message = f"{path}: a command takes its matter, its body and `by: Annotated[Caller, Depends(caller)]`"
        raise TypeError(message)
    bodies = dependant.body_params
    model: TypeAdapter[Any] | None = TypeAdapter(bodies[0].field_info.annotation or Any) if bodies else None
    matters = tuple(parameter.name for parameter in dependant.path_params)
    return Shape(matters, bodies[0].name if bodies else None, model, by[0])


@dataclass(frozen=True, slots=True)
class _Command:
    """One command's ASGI application."""

    path: str
    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    shape: Shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, keys = _headers(scope)
        by = await identified(scope, headers)
        arguments = _matters(self.shape, scope["path_params"])
        key = _idempotency_key(keys)
        by.if_match = version_asked(headers.get("if-match"))
        raw = await _json_body(receive, headers, by.front.settings.max_body)
        by.request = Request(by.user, key, _route(scope, by), _digest(raw))
        arguments[self.shape.caller] = by
        if self.shape.model is not None and self.shape.body is not None:
            arguments[self.shape.body] = _checked(self.shape.model, raw or NOTHING)
        del raw  # up to a megabyte, and no frame of what follows needs it
        limits = by.front.settings
        seconds = limits.import_deadline if self.path.endswith(BULK) else limits.request_deadline
        response = await in_time(self._carried_out(by, arguments), seconds)
        await response(scope, receive, send)

    async def _carried_out(self, by: Caller, arguments: dict[str, Any]) -> Response:
        """Run the endpoint; when another request gave the matter its first key, once more with that key."""
        for _ in range(RACES):
            try:
                return await self.endpoint(**arguments)
            except KeyRaced:
                by.fresh.clear()
        return await self.endpoint(**arguments)


def _headers(scope: Scope) -> tuple[dict[str, str], list[str]]:
    """The first header of each name, and all idempotency keys: one look at them instead of one per header."""
    sent = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(sent)}
    if len(headers) < len(sent):
        return headers, [value.decode("latin-1") for name, value in sent if name == _KEY_HEADER]
    key = headers.get("idempotency-key")
    return headers, [] if key is None else [key]


def _matters(shape: Shape, sent: Mapping[str, str]) -> dict[str, Any]:
    try:
        return {name: UUID(sent[name]) for name in shape.path}
    except ValueError:
        raise Problem("unknown_matter") from None


def _idempotency_key(keys: Sequence[str]) -> str:
    if not keys:
        raise Problem("idempotency_key_missing")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Problem("idempotency_key_malformed")
    return keys[0]


async def _json_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    raw = await body.read(receive, limit, headers.get("content-length"))
    if raw and not _JSON.fullmatch(headers.get("content-type", "")):
        raise Problem("not_json")
    return raw


def _route(scope: Scope, by: Caller) -> str:
    """What the key was used for: the path names the service, the matter and the command."""
    return f"{by.desk.stage.name} {scope['path']}"


def _digest(raw: bytes) -> bytes:
    """SHA-256 of the canonical body, so that spacing and member order do not matter (reliability 2.4)."""
    return hashlib.sha256(body.canonical(raw) if raw else NOTHING).digest()


def _checked(model: TypeAdapter[Any], raw: bytes) -> Any:
    """The body as its model, strictly: a number is not a text and a text is not a number."""
    try:
        return model.validate_json(raw, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Problem("fields_wrong", wrong=wrong_fields(found)) from None
