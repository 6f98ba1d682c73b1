"""A client of the four services: every write has its own key, every read waits for what was written."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid5

import httpx

PATIENCE = 60.0
"""Seconds that a write or a read is repeated while a service says that it cannot answer yet."""
AGAIN = frozenset({408, 429, 503})


class RefusedError(Exception):
    """A service refused what should have worked; the message names the code, never the input."""


@dataclass(frozen=True)
class Stages:
    """Where the services answer, and one token per person of the city."""

    url: Mapping[str, str]
    tokens: Mapping[str, str]


@dataclass(frozen=True)
class Written:
    """What a command answered."""

    matter: str
    position: str
    document: dict[str, Any]


class Client:
    """One connection pool per service. `run` makes the idempotency keys of this client its own."""

    def __init__(
        self,
        stages: Stages,
        run: str,
        traceparent: str | None = None,
        *,
        pools: Mapping[str, httpx.AsyncClient] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._stages, self._run, self._count = stages, run, 0
        self._trace = {} if traceparent is None else {"traceparent": traceparent}
        self._http = pools or {
            stage: httpx.AsyncClient(base_url=url, timeout=15.0) for stage, url in stages.url.items()
        }
        self._open, self._patience = AsyncExitStack(), patience

    async def __aenter__(self) -> Self:
        for pool in self._http.values():
            await self._open.enter_async_context(pool)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def command(self, stage: str, path: str, body: Mapping[str, Any], person: str) -> Written:
        """One command as one person. Raises RefusedError."""
        self._count += 1
        key = str(uuid5(NAMESPACE_URL, f"{self._run}/{self._count}"))
        headers = {**self._who(person), "idempotency-key": key}
        answer = await self._answered(stage, "POST", path, headers=headers, json=body)
        document = answer.json()
        return Written(document["matter"], answer.headers["position"], document)

    async def read(
        self, stage: str, path: str, person: str, *, after: Sequence[str] = (), **query: object
    ) -> Any:
        """One read that reflects the positions of `after`; it waits at the service, not here."""
        return (await self._get(stage, path, person, after, query)).json()

    async def position(self, stage: str, path: str, person: str) -> str:
        """The newest position of a matter in the stage that owns it."""
        answer = await self._get(stage, path, person, (), {})
        return str(answer.headers["position"])

    async def gauge(self, stage: str, name: str, reached: Callable[[float], bool]) -> None:
        """Wait until a meter of the service reads as wanted. Raises RefusedError when it does not."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while not reached(_reading((await self._get(stage, "/metrics", "", (), {})).text, name)):
            if asyncio.get_running_loop().time() > deadline:
                raise RefusedError(f"{stage}: {name} did not get there")
            await asyncio.sleep(0.1)

    async def _get(
        self, stage: str, path: str, person: str, after: Sequence[str], query: Mapping[str, object]
    ) -> httpx.Response:
        wanted = [(name, str(one)) for name, value in query.items() for one in _several(value)]
        params = httpx.QueryParams([*wanted, *(("after", one) for one in after)])
        return await self._answered(stage, "GET", path, headers=self._who(person), params=params)

    async def _answered(self, stage: str, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer, repeated while the service is away or has not reached a position yet."""
        deadline, pause = asyncio.get_running_loop().time() + self._patience, 0.05
        while True:
            try:
                answer = await self._http[stage].request(method, path, **request)
                if answer.is_success:
                    return answer
                trouble = f"{stage} answered {answer.status_code} {_code(answer)}"
                again = answer.status_code in AGAIN
            except httpx.TransportError as error:
                trouble, again = f"{stage}: {type(error).__name__}", True
            if not again or asyncio.get_running_loop().time() > deadline:
                raise RefusedError(f"{method} {path}: {trouble}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    def _who(self, person: str) -> dict[str, str]:
        """Nobody needs no token."""
        token = {"authorization": f"Bearer {self._stages.tokens[person]}"} if person else {}
        return {**token, **self._trace}


def _reading(page: str, name: str) -> float:
    """A meter on the page that Prometheus scrapes; 0 while it is not there."""
    lines = (line for line in page.splitlines() if line.startswith(name))
    return next((float(line.rpartition(" ")[2]) for line in lines), 0.0)


def _several(value: object) -> Iterable[object]:
    """A list is a repeated parameter, None is none."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _code(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem['code']} {problem.get('errors', '')}".strip()
    except (ValueError, KeyError, TypeError):
        return ""
