"""The fault proxy does to a connection what it says, and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local import ports
from tests.chaos.proxy import DOWN, UP, Fault, Proxy, proxied

SILENCE = 0.3


class Echo:
    """A server that sends everything back and counts what it heard."""

    def __init__(self) -> None:
        self.heard = b""
        self.lines: list[asyncio.StreamWriter] = []

    async def connected(self, proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client's line through the proxy."""
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        self.lines.append(writer)
        return reader, writer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1000):
                self.heard += chunk
                writer.write(chunk)
                await writer.drain()
        except OSError:
            self.heard += b"!"
        finally:
            writer.close()


@asynccontextmanager
async def echoed() -> AsyncIterator[tuple[Echo, Proxy]]:
    echo, port = Echo(), ports.free()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", port)
    async with proxied(("127.0.0.1", port), ports.free()) as proxy:
        yield echo, proxy
        for line in echo.lines:
            line.close()
    server.close()


async def asked(line: tuple[asyncio.StreamReader, asyncio.StreamWriter], text: bytes) -> bytes:
    reader, writer = line
    writer.write(text)
    await writer.drain()
    async with asyncio.timeout(SILENCE):
        return await reader.readexactly(len(text))


async def test_good_weather_passes_every_byte_both_ways() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        assert await asked(line, b"hello") == b"hello"
        assert proxy.passed == {UP: 5, DOWN: 5}


async def test_a_cut_ends_what_is_open_and_refuses_what_comes() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await asked(line, b"a")
        await proxy.set(Fault.CUT)
        with pytest.raises(ConnectionResetError):
            await line[0].readexactly(1)
        with pytest.raises(ConnectionRefusedError):
            await echo.connected(proxy)
        await proxy.heal()
        assert await asked(await echo.connected(proxy), b"again") == b"again"


async def test_a_drop_towards_the_server_loses_the_question() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await asked(line, b"a")
        await proxy.set(Fault.DROP_UP)
        with pytest.raises(TimeoutError):
            await asked(line, b"b")
        assert echo.heard == b"a"


async def test_a_drop_towards_the_client_loses_only_the_answer() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await proxy.set(Fault.DROP_DOWN)
        with pytest.raises(TimeoutError):
            await asked(line, b"b")
        assert echo.heard == b"b"


async def test_half_open_is_silent_both_ways_and_ends_nothing() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await asked(line, b"a")
        await proxy.set(Fault.HALF_OPEN)
        with pytest.raises(TimeoutError):
            await asked(line, b"b")
        assert (echo.heard, proxy.connections) == (b"a", 1)


async def test_latency_holds_every_chunk_back() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await proxy.set(Fault.SLOW, 0.05)
        began = time.monotonic()
        assert await asked(line, b"slow") == b"slow"
        assert time.monotonic() - began >= 0.1


async def test_a_reset_ends_open_connections_and_lets_new_ones_in() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await asked(line, b"a")
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            await line[0].readexactly(1)
        assert await asked(await echo.connected(proxy), b"new") == b"new"


async def test_what_lost_bytes_is_not_healed_but_ended() -> None:
    async with echoed() as (echo, proxy):
        line = await echo.connected(proxy)
        await proxy.set(Fault.DROP_DOWN)
        with pytest.raises(TimeoutError):
            await asked(line, b"b")
        await proxy.heal()
        with pytest.raises(ConnectionResetError):
            await line[0].readexactly(1)
