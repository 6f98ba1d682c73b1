"""An answer in one piece is to the byte what the server would have written in two, and ends as it would."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from libs.events.answers import Said
from libs.events.meters import Meters
from libs.events.middleware import SAFE_HEADERS, Outermost
from libs.events.whole import Cycle

JSON = (b"content-type", b"application/json")
OURS = [(b"etag", b'"1"'), (b"position", b"case-1@1"), (b"location", b"/v1/cases/1")]


@dataclass
class Wire:
    pieces: list[bytes] = field(default_factory=list)
    closed: bool = False
    answered: int = 0

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    send = write

    def close(self) -> None:
        self.closed = True

    def resume_reading(self) -> None: ...

    def answer(self) -> None:
        self.answered += 1


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": [*headers]}


def length(value: int) -> tuple[bytes, bytes]:
    return b"content-length", str(value).encode()


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def cycle(kind: type[RequestResponseCycle], wire: Wire, **request: Any) -> RequestResponseCycle:
    transport: Any = wire
    scope: Any = {"type": "http", "method": request.get("method", "POST")}
    logger = logging.getLogger("test")
    return kind(
        scope=scope,
        transport=transport,
        flow=FlowControl(transport),
        logger=logger,
        access_logger=logger,
        access_log=False,
        default_headers=[(b"date", b"Sun, 22 Nov 2026 14:00:00 GMT")],
        message_event=asyncio.Event(),
        expect_100_continue=request.get("expects", False),
        keep_alive=request.get("keep_alive", True),
        on_response=wire.answer,
    )


async def said(
    kind: type[RequestResponseCycle], messages: list[Any], whole: Said | None = None, **request: Any
) -> tuple[Any, int]:
    """Everything that can be seen of a cycle after these messages, and in how many pieces it was written.

    `whole`: offered under safe headers to the cycle before.
    """
    wire = Wire()
    one = cycle(kind, wire, **request)
    one.disconnected = request.get("gone", False)
    error = ""
    try:
        if whole is not None:
            ways: Any = one.receive, one.send
            await Outermost(1, Meters("test")).around(whole, {"type": "http", "headers": []}, *ways)
        for message in messages:
            await one.send(message)
    except RuntimeError as raised:
        error = str(raised)
    state = one.response_started, one.response_complete, one.keep_alive, one.waiting_for_100_continue
    event = one.message_event.is_set()
    return (b"".join(wire.pieces), wire.closed, wire.answered, state, event, error), len(wire.pieces)


ORDINARY = {
    "accepted": [start(*OURS, length(2), JSON, *SAFE_HEADERS.items(), status=201), part(b"{}")],
    "a problem": [start(length(2), (b"content-type", b"application/problem+json"), status=422), part(b"{}")],
    "empty": [start(length(0)), part(b"")],
    "capitals": [start((b"Content-Length", b"2"), (b"X-Odd", b"1")), part(b"{}")],
}
UNUSUAL = {
    "a body in parts": [start(length(4)), part(b"{}", more=True), part(b"{}")],
    "a body of unknown length": [start(JSON), part(b"{}", more=True), part(b"")],
    "a last connection": [start(length(2), (b"connection", b"close")), part(b"{}")],
    "no content": [start(status=204), part(b"")],
    "too long": [start(length(1)), part(b"{}")],
    "too short": [start(length(3)), part(b"{}")],
    "a broken name": [start((b"x y", b"1"), length(2)), part(b"{}")],
    "a broken value": [start((b"x", b"1\r\n2"), length(2)), part(b"{}")],
    "a body first": [part(b"{}")],
    "two starts": [start(length(2)), start(length(2))],
    "too much": [start(length(2)), part(b"{}"), part(b"{}")],
}
REQUESTS: list[dict[str, Any]] = [
    {},
    {"method": "HEAD"},
    {"keep_alive": False},
    {"gone": True},
    {"expects": True},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("messages", [*ORDINARY.values(), *UNUSUAL.values()], ids=[*ORDINARY, *UNUSUAL])
async def test_it_says_what_the_server_says(messages: list[Any], request_: dict[str, Any]) -> None:
    servers, _ = await said(RequestResponseCycle, messages, **request_)
    ours, _ = await said(Cycle, messages, **request_)
    assert ours == servers


@pytest.mark.parametrize("messages", ORDINARY.values(), ids=ORDINARY)
async def test_an_ordinary_answer_is_one_piece(messages: list[Any]) -> None:
    assert (await said(Cycle, messages))[1] == 1


async def test_who_never_says_the_body_has_begun_to_answer_all_the_same() -> None:
    """So that the connection is cut where the application fails between head and body."""
    wire = Wire()
    one = cycle(Cycle, wire)
    head: Any = start(length(2))
    await one.send(head)
    assert (one.response_started, one.response_complete, wire.pieces) == (True, False, [])


ANSWERS = {
    "accepted": (201, [("etag", '"1"'), ("position", "case-1@1"), ("location", "/v1/cases/1")]),
    "replayed": (200, [("etag", '"7"'), ("idempotency-replayed", "true")]),
    "bare": (200, []),
    "Latin": (200, [("location", "/v1/Zürich")]),
    "no content": (204, [("etag", '"1"')]),
    "a last connection": (200, [("connection", "close")]),
    "a type of its own": (200, [("x-frame-options", "SAMEORIGIN")]),
    "a broken value": (200, [("location", "/\r\nx: y")]),
}


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_command_answers_as_it_would_in_two_messages(name: str, request_: dict[str, Any]) -> None:
    status, headers = ANSWERS[name]
    servers, _ = await said(RequestResponseCycle, [], Said(b'{"a":1}', status, headers), **request_)
    ours, _ = await said(Cycle, [], Said(b'{"a":1}', status, headers), **request_)
    assert ours == servers


async def test_a_whole_answer_is_taken_once() -> None:
    one: Any = cycle(Cycle, Wire())
    assert one.say(200, ANSWERS["accepted"][1], b"{}")
    assert not one.say(200, ANSWERS["accepted"][1], b"{}")
