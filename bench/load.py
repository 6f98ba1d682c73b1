"""Load over HTTP from a process of its own: raw keep-alive connections, requests written beforehand."""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import uvloop

from bench.measure import Sample, percentile
from bench.requests import prepared
from bench.stopwatch import Stopwatch

MOST_CONNECTIONS = 512


class Refused(RuntimeError):
    """An answer that is no success: no figure counts that was measured with it."""


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None  # uvloop's is no subclass of asyncio's
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or len(self._buffer) < head + 4 + _length(self._buffer[:head]):
            return
        answer, self._buffer = self._buffer, b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Refused(f"connection lost: {exc}"))

    async def ask(self, request: bytes) -> bytes:
        """Send, and answer what came back. Raises Refused."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        answer = await self._answer
        if answer[9:10] != b"2":
            raise Refused(answer[:600].decode(errors="replace"))
        return answer

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


def _length(head: bytes) -> int:
    found = head.lower().rpartition(b"content-length:")[2]
    return int(found.partition(b"\r\n")[0])


async def connect(port: int) -> Connection:
    """A connection to a server on the loopback address."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    return connection


def closed(port: int, connections: int, **what: Any) -> Sample:
    """Each connection sends its next request when it has the answer to the last: the highest throughput."""
    return uvloop.run(_closed(port, prepared(port, **what), connections))


async def _closed(port: int, requests: Sequence[bytes], connections: int) -> Sample:
    opened = [await connect(port) for _ in range(connections)]
    took: list[float] = []
    waiting = iter(requests)
    watch = Stopwatch()
    await asyncio.gather(*(_one_after_another(one, waiting, took) for one in opened))
    sample = watch.sample(len(requests), **latencies(took))
    for one in opened:
        one.close()
    return sample


async def _one_after_another(connection: Connection, waiting: Iterator[bytes], took: list[float]) -> None:
    for request in waiting:
        begin = perf_counter()
        await connection.ask(request)
        took.append(perf_counter() - begin)


def open_loop(port: int, rate: float, **what: Any) -> Sample:
    """Requests at fixed times, whatever has come back by then; latency counts from those times."""
    return uvloop.run(_open_loop(port, prepared(port, **what), rate))


async def _open_loop(port: int, requests: Sequence[bytes], rate: float) -> Sample:
    loop = asyncio.get_running_loop()
    idle = [await connect(port) for _ in range(16)]
    opened, took = list(idle), list[float]()
    watch, began = Stopwatch(), loop.time()

    async def one(request: bytes, due: float) -> None:
        connection = idle.pop() if idle else await connect(port)
        if connection not in opened:
            opened.append(connection)
        await connection.ask(request)
        took.append(loop.time() - due)
        idle.append(connection)

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            group.create_task(one(request, due))
    sample = watch.sample(len(requests), **latencies(took))
    for connection in opened:
        connection.close()
    return sample


def latencies(took: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    return {"p50": percentile(took, 0.5) * 1000, "p99": percentile(took, 0.99) * 1000}
