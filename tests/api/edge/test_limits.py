"""F12: clients that are silent, slow or endless are closed; the others do not notice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import ClassVar

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from libs.events.limits import Deadlines, ReceiptProtocol
from tests.api.edge.ledger import bearer


class Hurried(ReceiptProtocol):
    """The same protocol with deadlines that a test can wait for."""

    deadlines: ClassVar[Deadlines] = Deadlines(idle=0.3, header=0.5, body=1.0, write=0.5, look=0.25, rate=100)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[int]:
    config = uvicorn.Config(app, port=0, http=Hurried, lifespan="off", log_config=None, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    running = asyncio.create_task(server.main_loop())
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running
        await server.shutdown()


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    async with serving(app) as port:
        yield port


async def reply(port: int, *sent: bytes, pause: float = 0.0) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(5):
        reading = asyncio.create_task(reader.read())
        for part in sent:
            if reading.done():
                break
            writer.write(part)
            await asyncio.wait([reading], timeout=pause)
        received = await reading
    writer.close()
    return received


def head(length: int) -> bytes:
    lines = [
        "POST /v1/cases HTTP/1.1",
        "host: x",
        "content-type: application/json",
        f"content-length: {length}",
    ]
    lines += [f"authorization: {bearer()['authorization']}", "idempotency-key: k-1"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def code(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


async def test_a_silent_connection_is_closed(port: int) -> None:
    began = monotonic()
    assert await reply(port) == b""
    assert monotonic() - began < 2


async def test_slow_headers_are_refused(port: int) -> None:
    answer = await reply(port, *[b"GET / HTTP/1.1\r\n", *[b"x-a: b\r\n"] * 20], pause=0.1)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert code(answer) == "request_timeout"


async def test_a_body_that_does_not_come_is_refused(port: int) -> None:
    answer = await reply(port, head(100) + b'{"case_no"')
    assert (answer.startswith(b"HTTP/1.1 408 "), code(answer)) == (True, "request_timeout")


async def test_a_body_below_the_minimum_rate_is_refused(port: int) -> None:
    answer = await reply(port, head(100), *[b" "] * 50, pause=0.05)
    assert code(answer) == "request_timeout"


async def test_even_a_steady_body_ends_at_its_deadline(port: int) -> None:
    began = monotonic()
    answer = await reply(port, head(1_000_000), *[b" " * 50] * 100, pause=0.05)
    assert code(answer) == "request_timeout"
    assert 0.9 < monotonic() - began < 3


async def test_endless_headers_are_refused(port: int) -> None:
    answer = await reply(port, b"GET / HTTP/1.1\r\n", *[b"x-a: " + b"b" * 8000 + b"\r\n"] * 10, pause=0.001)
    assert (answer.startswith(b"HTTP/1.1 431 "), code(answer)) == (True, "headers_too_large")


async def test_what_is_not_http_is_refused_as_a_problem(port: int) -> None:
    answer = await reply(port, b"\x16\x03\x01 canary\r\n\r\n")
    assert (code(answer), b"canary" in answer) == ("malformed_request", False)


async def test_a_body_cut_off_by_the_client_carries_nothing_out(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head(100))
    writer.write_eof()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert b" 20" not in answer.partition(b"\r\n")[0]


async def test_others_are_served_meanwhile(port: int) -> None:
    slow = [asyncio.create_task(reply(port, head(100) + b"{")) for _ in range(20)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for number in range(10):
            headers = {**bearer(), "idempotency-key": f"k-{number}"}
            answer = await http.post("/v1/cases", json={"case_no": "A-1"}, headers=headers)
            assert answer.status_code == 201
    assert {code(answer) for answer in await asyncio.gather(*slow)} == {"request_timeout"}
