"""A small TCP proxy that does to a connection what a bad network does (F6, F6b, F16).

A fault holds for connections that are open and for those that come. `heal` ends it.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum

from tests.waiting import hold

CHUNK = 64 * 1024
LINGER = struct.pack("ii", 1, 0)
"""Close without waiting: the other side sees a reset."""


class Fault(Enum):
    """`CUT`: nothing connects, what is open ends. The three silences lose bytes and end nothing."""

    NONE = "none"
    CUT = "cut"
    DROP_UP = "one way, towards the server"
    DROP_DOWN = "one way, towards the client"
    HALF_OPEN = "half-open"
    SLOW = "latency"


@dataclass(frozen=True)
class Weather:
    """What the network does now; `delay` are seconds per chunk and direction when it is slow."""

    fault: Fault = Fault.NONE
    delay: float = 0.0


UP, DOWN = Fault.DROP_UP, Fault.DROP_DOWN


class Proxy:
    """Listens on a loopback port and passes bytes to `target`."""

    def __init__(self, target: tuple[str, int], port: int) -> None:
        self.port = port
        self.passed = {UP: 0, DOWN: 0}
        self._target = target
        self._weather = Weather()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def set(self, fault: Fault, delay: float = 0.0) -> None:
        """Change the weather for what is open and what comes."""
        self._weather = Weather(fault, delay)
        if fault is Fault.CUT:
            await self.stop()
        elif self._server is None:
            await self.start()

    async def heal(self) -> None:
        """Good weather. A connection whose bytes were lost is not whole again, so it ends with a reset."""
        lost = self._weather.fault in {Fault.DROP_UP, Fault.DROP_DOWN, Fault.HALF_OPEN}
        await self.set(Fault.NONE)
        if lost:
            self.reset()

    def reset(self) -> None:
        """End every open connection as a router does that forgot it."""
        for writer in tuple(self._open):
            _reset(writer)

    @property
    def connections(self) -> int:
        """How many pairs are open."""
        return len(self._open) // 2

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        pair = {writer, far_writer}
        self._open |= pair
        up = asyncio.create_task(self._pass(reader, far_writer, UP))
        down = asyncio.create_task(self._pass(far_reader, writer, DOWN))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            await _settle(up, down)
        finally:
            self._open -= pair
            for side in pair:
                side.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Fault) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self._weather.fault is Fault.SLOW:
                    await hold(self._weather.delay)
                if self._weather.fault in {way, Fault.HALF_OPEN}:
                    continue
                self.passed[way] += len(chunk)
                writer.write(chunk)
                await writer.drain()


async def _settle(*passing: "asyncio.Task[None]") -> None:
    """One side has ended: give the other a moment for its last bytes, then end it too."""
    await asyncio.wait(passing, timeout=0.2)
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    end: socket.socket | None = writer.get_extra_info("socket")
    if end is not None:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    writer.transport.abort()


@asynccontextmanager
async def proxied(target: tuple[str, int], port: int) -> AsyncIterator[Proxy]:
    """A proxy for the length of a block."""
    proxy = Proxy(target, port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
