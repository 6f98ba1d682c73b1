"""`/healthz`, `/readyz`, `/metrics`, `/openapi.json`: the truth about a process, for whoever runs it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from functools import cache

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from libs.events.described import completed
from libs.events.errors import BihuanError
from libs.events.meters import Meters, Vitals

LOOK = 2.0
"""Seconds that one part may take to say how it is; longer is an answer too."""


@dataclass(frozen=True, slots=True)
class Part:
    """Whether one part of a service works, and in few words why not. Never an address or a secret."""

    ok: bool
    why: str | None = None


Check = Callable[[], Awaitable[Part]]
Page = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Health:
    """The parts of a process, asked afresh each time, and its vitals."""

    meters: Meters
    checks: dict[str, Check] = field(default_factory=dict)
    vitals: Callable[[], Awaitable[Vitals]] | None = None

    async def parts(self) -> dict[str, Part]:
        """Every part at once; one that fails or does not answer in time is not ok."""
        answers = await asyncio.gather(*(_asked(check) for check in self.checks.values()))
        return dict(zip(self.checks, answers, strict=True))


async def _asked(check: Check) -> Part:
    try:
        async with asyncio.timeout(LOOK):
            return await check()
    except TimeoutError:
        return Part(ok=False, why="no answer")
    except BihuanError as error:
        return Part(ok=False, why=str(error) or type(error).__name__)


def expose(app: FastAPI, health: Health) -> None:
    """Add the addresses that a supervisor of processes asks; they are no part of the documented interface."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        parts = await health.parts()
        ready = all(part.ok for part in parts.values())
        body = {"ready": ready, "parts": {name: asdict(part) for name, part in parts.items()}}
        return JSONResponse(body, 200 if ready else 503)

    app.router.add_route("/healthz", healthz, include_in_schema=False)
    app.router.add_route("/readyz", readyz, include_in_schema=False)


def metrics_page(health: Health) -> Page:
    """What Prometheus scrapes."""

    async def page(_: Request) -> Response:
        body = health.meters.page(await health.vitals() if health.vitals else Vitals())
        return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")

    return page


def documentation(app: FastAPI, name: str) -> Page:
    """The same document as docs/openapi/, written when first asked for."""
    written = cache(lambda: json.dumps(completed(app, name), ensure_ascii=False).encode())

    async def openapi(_: Request) -> Response:
        return Response(written(), media_type="application/json")

    return openapi
