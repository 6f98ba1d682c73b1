"""Keys from a city's own identity provider: a JWKS behind a URL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Keys, Person, Tokens, issue, new_key, signing_key


@dataclass
class Provider:
    """Answers every request with its keys, or with an error when it has none."""

    keys: str = ""
    asked: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        status = "200 OK" if self.keys else "500 Broken"
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(self.keys)}\r\nconnection: close\r\n\r\n"
        writer.write((head + self.keys).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[str]:
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"


def token(private: str) -> str:
    person = Person(user="u-1", org="org-1", roles=("DSP",))
    return f"Bearer {issue(person, signing_key(private), Settings(), now=system_clock())}"


async def test_keys_are_fetched_once_and_again_when_a_token_does_not_fit() -> None:
    first, second, elapsed = new_key(), new_key(), [0.0]
    provider = Provider(first[1])
    async with serving(provider) as url:
        tokens = Tokens(Settings(jwks_url=url), system_clock)
        tokens.keys = Keys(None, url, monotonic=lambda: elapsed[0])
        for _ in range(3):
            assert (await tokens.principal(token(first[0]))).user == "u-1"
        assert provider.asked == 1
        provider.keys = second[1]
        elapsed[0] += 10
        assert (await tokens.principal(token(second[0]))).user == "u-1"
        assert provider.asked == 2


async def test_keys_stay_in_use_while_the_provider_is_broken() -> None:
    elapsed = [0.0]
    provider = Provider(new_key()[1])
    async with serving(provider) as url:
        keys = Keys(None, url, monotonic=lambda: elapsed[0])
        assert await keys.refreshed()
        provider.keys = ""
        elapsed[0] += 1000
        assert not await keys.refreshed()
        assert keys.current is not None
    elapsed[0] += 1000
    assert not await keys.refreshed()
    assert keys.current is not None
