"""The outermost layer: every answer leaves with safe headers, every failure as a problem."""

import traceback
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from time import perf_counter
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.events.errors import BihuanError
from libs.events.http import traceparent_of
from libs.events.labels import Language
from libs.events.meters import Meters
from libs.events.problems import Asked, Problem, Wrong, of_error, of_status, response, wrong_parameters
from libs.events.telemetry import trace_id

SAFE_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""On every answer that does not set its own."""
SAFE = [*SAFE_HEADERS.items()]
_NAME = itemgetter(0)

log = structlog.get_logger("edge")


class Outermost:
    """Pure ASGI. Bounds the requests in flight, so that memory is bounded too (reliability R11).

    One per application: what passes through the framework and what goes past it count together.
    """

    def __init__(self, max_in_flight: int, meters: Meters) -> None:
        self._free, self._meters = max_in_flight, meters

    async def around(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an application answer one HTTP request."""
        began, answer = perf_counter(), _Answer(send)
        if self._free <= 0:
            await refusal(Request(scope), Problem("busy"))(scope, receive, answer)
            return
        self._free -= 1
        try:
            await app(scope, receive, answer)
        except Exception as error:
            problem = _failed(error, scope)
            if answer.status:  # too late for a problem: the server cuts the connection
                raise
            await problem(scope, receive, answer)
        finally:
            self._free += 1
            self._meters.request(_operation(scope), answer.status, perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Framework:
    """The outermost layer as FastAPI knows layers, around everything that FastAPI answers."""

    app: ASGIApp
    outermost: Outermost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.outermost.around(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Around a command that goes past the framework: its refusals leave as problems all the same."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except BihuanError as error:
            answer = await _on_error(Request(scope), error)
            await answer(scope, receive, send)


class _Answer:
    """The way out of one request."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 0

    def take(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        """Give the server a whole answer in JSON; False: nothing was done, this one must be sent in parts."""
        say = getattr(getattr(self._send, "__self__", None), "say", None)  # our server's own `send` has it
        if say is None or not say(status, headers, body):
            return False
        self.status = status
        return True

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            _secure(message)
        await self._send(message)


def _operation(scope: Scope) -> str:
    """The documented name of what was asked, never the path as sent."""
    operation = getattr(scope.get("route"), "operation_id", None)
    return str(operation or getattr(scope.get("endpoint"), "__name__", "unknown"))


def _secure(message: MutableMapping[str, Any]) -> None:
    headers = message.get("headers", ())
    if SAFE_HEADERS.keys().isdisjoint(map(_NAME, headers)):
        message["headers"] = [*headers, *SAFE]
    else:
        present = set(map(_NAME, headers))
        message["headers"] = [*headers, *(it for it in SAFE if it[0] not in present)]


def _failed(error: Exception, scope: Scope) -> Response:
    """500 without a word of the cause. The log gets type and frames: a message could quote the input."""
    request = Request(scope)
    frames = "".join(traceback.format_tb(error.__traceback__))
    trace = trace_id(traceparent_of(request))
    log.error("request.failed", error=type(error).__name__, trace_id=trace, frames=frames)
    return refusal(request, Problem("internal_error"))


def refusal(request: Request, problem: Problem) -> Response:
    """The problem in the language and with the trace of its request."""
    asked = Asked(language_of(request.headers), trace_id(traceparent_of(request)))
    return response(problem, asked)


def language_of(headers: Headers) -> Language:
    """Chinese, unless `Accept-Language` prefers English (RFC 9110 section 12.5.4)."""
    wanted = {"zh": 0.0, "en": 0.0}
    for part in headers.get("accept-language", "")[:200].lower().split(","):
        name, _, weight = part.strip().partition(";q=")
        prefix = name.split("-")[0]
        if prefix in wanted:
            wanted[prefix] = max(wanted[prefix], _weight(weight))
    return "en" if wanted["en"] > wanted["zh"] else "zh"


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def speak_problems(app: FastAPI) -> None:
    """Every way in which a request can be refused below the outermost layer ends in one format."""
    app.add_exception_handler(BihuanError, _on_error)
    app.add_exception_handler(HTTPException, _on_status)
    app.add_exception_handler(RequestValidationError, _on_parameters)


async def _on_error(request: Request, error: Exception) -> Response:
    problem = of_error(error)
    if problem.status >= 500 and problem.code == "internal_error":
        log.error("request.failed", error=type(error).__name__, trace_id=trace_id(traceparent_of(request)))
    return refusal(request, problem)


async def _on_status(request: Request, error: Exception) -> Response:
    status, sent = getattr(error, "status_code", 500), getattr(error, "headers", None) or {}
    headers = {name: value for name, value in sent.items() if name.lower() == "allow"}
    return refusal(request, Problem(of_status(status), headers=headers))


async def _on_parameters(request: Request, error: Exception) -> Response:
    """FastAPI's own body would echo the input (reliability 2.4)."""
    wrong = wrong_parameters(error.errors() if isinstance(error, RequestValidationError) else ())
    return refusal(request, _unknown_matter_or(wrong))


def _unknown_matter_or(wrong: tuple[Wrong, ...]) -> Problem:
    if any(one.parameter == "matter" for one in wrong):
        return Problem("unknown_matter")
    return Problem("fields_wrong", wrong=wrong)
