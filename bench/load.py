"""Load over HTTP from a process of its own: raw keep-alive connections, requests written beforehand."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import uvloop

from bench.measure import Sample, percentile
from bench.requests import prepared
from bench.stillness import Stillness, looking
from bench.stopwatch import Stopwatch
from libs.events.clock import system_clock

PAUSE = 0.05
MOST_AGAIN = 200


class Refused(RuntimeError):
    """An answer that is no success: no figure counts that was measured with it."""


class Lost(Refused):
    """The server hung up before it answered; what was asked has a key, so it may be asked again."""


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None  # uvloop's is no subclass of asyncio's
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        self.again = 0

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
            self._answer.set_exception(Lost(f"connection lost: {exc}"))

    async def ask(self, request: bytes) -> bytes:
        """Send until it is answered; a server that is busy (503) is asked again, in the same latency.

        Raises Refused.
        """
        answer = await self._once(request)
        while answer[9:12] == b"503" and self.again < MOST_AGAIN:
            self.again += 1
            await asyncio.sleep(PAUSE)
            answer = await self._once(request)
        if answer[9:10] != b"2":
            raise Refused(answer[:600].decode(errors="replace"))
        return answer

    async def _once(self, request: bytes) -> bytes:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    @property
    def open(self) -> bool:
        """Whether the server has not hung up."""
        return not self._transport.is_closing()

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


def closed(port: int, connections: int, matters: str = "", **what: Any) -> Sample:
    """Each connection sends its next request when it has the answer to the last: the highest throughput.

    `matters`: a file for the ids of the matters that the answers name.
    """
    named: list[str] = []
    sample = uvloop.run(_closed(port, prepared(port, **what), connections, named))
    if matters:
        Path(matters).write_text(json.dumps(named))
    return sample


async def _closed(port: int, requests: Sequence[bytes], connections: int, named: list[str]) -> Sample:
    opened = [await connect(port) for _ in range(connections)]
    took: list[float] = []
    waiting = iter(requests)
    watch = Stopwatch()
    await asyncio.gather(*(_one_after_another(one, waiting, took, named) for one in opened))
    sample = watch.sample(len(requests), **latencies(took), again=sum(one.again for one in opened))
    for one in opened:
        one.close()
    return sample


async def _one_after_another(
    connection: Connection, waiting: Iterator[bytes], took: list[float], named: list[str]
) -> None:
    for request in waiting:
        begin = perf_counter()
        answer = await connection.ask(request)
        took.append(perf_counter() - begin)
        named.append(matter_of(answer))


def matter_of(answer: bytes) -> str:
    """The id behind `Location`, empty where there is none."""
    at = answer.find(b"location: /v1/")
    return answer[at:].partition(b"\r\n")[0].rpartition(b"/")[2].decode() if at >= 0 else ""


def open_loop(port: int, rate: float, record: str = "", until: str = "", **what: Any) -> Sample:
    """Requests at fixed times, whatever has come back by then.

    `record`: a file for when each was sent (the machine's monotonic clock, and how far the wall clock is
    ahead of it), the seconds to its answer and the matter it named.
    `until`: a file whose appearance ends the load early.
    """
    took: list[tuple[float, float, str]] = []
    ahead, requests = system_clock().timestamp() - monotonic(), prepared(port, **what)
    with looking() as still:
        sample = uvloop.run(_open_loop(port, requests, rate, _Ledger(took, until)))
    if record:
        Path(record).write_text(json.dumps({"ahead": ahead, "sent": sorted(took)}))
    return replace(sample, side={**sample.side, **calm(took, still)})


def calm(took: Sequence[tuple[float, float, str]], still: Stillness) -> dict[str, float]:
    """`still`: milliseconds in which a processor stood still. `calm`: p99 of what it did not touch."""
    untouched = [latency for began, latency, _ in took if still.calm(began, latency)]
    rest = untouched or [latency for _, latency, _ in took]
    return {"still": still.seconds * 1000, "calm": percentile(rest, 0.99) * 1000}


@dataclass(frozen=True)
class _Ledger:
    """What was sent when and how long it took; and the file that ends the load."""

    took: list[tuple[float, float, str]]
    until: str

    @property
    def over(self) -> bool:
        return bool(self.until) and Path(self.until).exists()


async def _open_loop(port: int, requests: Sequence[bytes], rate: float, ledger: _Ledger) -> Sample:
    opened = [await connect(port) for _ in range(16)]
    idle = list(opened)

    async def one(request: bytes) -> None:
        connection = at_hand(idle)
        if connection is None:
            opened.append(connection := await connect(port))
        began = monotonic()
        try:
            answer = await connection.ask(request)
        except Lost:  # the server hung up on it while we wrote; every client asks on another one then
            opened.append(connection := await connect(port))
            answer = await connection.ask(request)
        ledger.took.append((began, monotonic() - began, matter_of(answer)))
        idle.append(connection)

    watch = Stopwatch()
    await _at_fixed_times(requests, rate, one, ledger)
    took = [latency for _, latency, _ in ledger.took]
    sample = watch.sample(len(took), **latencies(took), again=sum(one.again for one in opened))
    for connection in opened:
        connection.close()
    return sample


def at_hand(idle: list[Connection]) -> Connection | None:
    """The connection used last; a server hangs up on those that nobody has used for some seconds."""
    while idle:
        if (connection := idle.pop()).open:
            return connection
    return None


async def _at_fixed_times(
    requests: Sequence[bytes],
    rate: float,
    one: Callable[[bytes], Coroutine[Any, Any, None]],
    ledger: _Ledger,
) -> None:
    began = monotonic()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - monotonic()))
            group.create_task(one(request))
            if number % rate < 1 and ledger.over:
                return


def latencies(took: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    return {"p50": percentile(took, 0.5) * 1000, "p99": percentile(took, 0.99) * 1000}
