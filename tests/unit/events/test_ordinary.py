"""What the application sees of a request, and the client of its answer, is what the server makes of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from libs.events.ordinary import OrdinaryProtocol
from libs.events.whole import Cycle

HEAD = b"host: here\r\nX-Twice: 1\r\nx-twice: 2\r\n"
BODY = b'{"a": 1}'
POST = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"content-length: 8\r\n\r\n" + BODY


def get(target: bytes, version: bytes = b"1.1") -> bytes:
    return b"GET " + target + b" HTTP/" + version + b"\r\n" + HEAD + b"\r\n"


CHUNKED = (
    b"PUT /a HTTP/1.1\r\n" + HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n3\r\n[1]\r\n0\r\n\r\n"
)
TARGETS = (
    *(
        "/",
        "/v1/reports/0198c3a2-7d10-7cc3-98c4-dc0c0c07398f/approve-report",
        "/~a_b-c.d",
        "/a/../b",
        "/a//b",
    ),
    *("//a/b", "/a?b=c", "/a?", "/a#b", "/%41", "/%E5%8C%BA", "/a;b", "/a:b", "/!", "*", "http://here/a?b"),
)
REQUESTS = {
    "post": [POST],
    "in pieces": [POST[:20], POST[20:60], POST[60:-3], POST[-3:]],
    "one after another": [POST, POST],
    "pipelined": [POST + POST],
    "expects": [POST.replace(b"host: here", b"Expect: 100-continue")],
    "last": [POST.replace(b"host: here", b"connection: close")],
    "chunked": [CHUNKED],
    "upgrade": [get(b"/a")[:-2] + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n"],
    "old": [get(b"/v1/reports", b"1.0")],
    **{target: [get(target.encode())] for target in TARGETS},
}


@dataclass
class Wire(asyncio.Transport):
    written: bytes = b""
    closed: bool = False
    seen: list[Any] = field(default_factory=list)

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    send = write

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


async def exchanged(kind: type[HttpToolsProtocol], pieces: list[bytes], **options: Any) -> tuple[Any, Any]:
    """What was seen on both sides; and the classes of the cycles."""
    wire, kinds = Wire(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        kinds.append(type(receive.__self__))
        wire.seen.append(({**scope, "state": dict(scope["state"])}, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    config = Config(app, lifespan="off", log_config=None, access_log=False, **options)
    config.load()
    state = ServerState()
    one = kind(config, state, {"known": 1})
    one.connection_made(wire)
    for piece in pieces:
        one.data_received(piece)
        while state.tasks and not one.cycle.more_body:
            await asyncio.gather(*state.tasks, return_exceptions=True)
    one.connection_lost(None)
    return (wire.seen, wire.written, wire.closed, state.total_requests), kinds


@pytest.mark.parametrize("options", [{}, {"root_path": "/below"}, {"limit_concurrency": 1}], ids=str)
@pytest.mark.parametrize("name", REQUESTS)
async def test_it_is_the_servers_own_way(name: str, options: dict[str, Any]) -> None:
    servers, _ = await exchanged(HttpToolsProtocol, REQUESTS[name], **options)
    ours, kinds = await exchanged(OrdinaryProtocol, REQUESTS[name], **options)
    assert ours == servers
    assert set(kinds) <= {Cycle}
