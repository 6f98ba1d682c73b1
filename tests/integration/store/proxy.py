"""A TCP proxy that can freeze or cut the line to a real server (reliability F3, F6b)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Everything that runs through the proxy: `frozen` holds bytes back, `cut` refuses and closes."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._refusing = False
        self.opened = 0

    def freeze(self) -> None:
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()
        self._refusing = False

    def cut(self) -> None:
        self._refusing = True
        for writer in self._writers:
            writer.transport.abort()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self._refusing:
            writer.transport.abort()
            return
        self.opened += 1
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        self._writers.add(server_writer)
        self._pump(reader, server_writer)
        self._pump(server_reader, writer)

    def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer))
        self._pumps.add(task)
        task.add_done_callback(self._pumps.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def close(self) -> None:
        self.thaw()
        self.cut()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


@asynccontextmanager
async def line(dsn: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to the server of `dsn`, and the address that goes through it."""
    parts = urlsplit(dsn)
    through = Line((parts.hostname or "127.0.0.1", parts.port or 5432))
    server = await asyncio.start_server(through.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    account = parts.netloc.rpartition("@")[0]
    try:
        yield through, parts._replace(netloc=f"{account}@127.0.0.1:{port}").geturl()
    finally:
        server.close()
        await through.close()
