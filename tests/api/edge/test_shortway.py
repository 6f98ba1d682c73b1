"""Commands go past the framework; everything else, and everything that is wrong, sees no difference."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from libs.events.edge import EdgeRoute
from libs.events.envelope import Envelope
from libs.events.memory import MemoryStore
from libs.events.runtime import build
from libs.events.shortway import known
from tests.api.edge import ledger

MATTER = "019b0000-0000-7000-8000-000000000001"


async def post(http: httpx.AsyncClient, path: str, body: object, key: str = "k-1") -> httpx.Response:
    return await http.post(path, json=body, headers={**ledger.bearer(), "idempotency-key": key})


def test_every_command_is_known(app: FastAPI) -> None:
    posts = [route for route in app.routes if isinstance(route, EdgeRoute) and route.methods == {"POST"}]
    assert [route for route, _ in known(posts).values()] == posts


@pytest.mark.parametrize(
    "path",
    ["/v1/cases/", f"/v1/cases/{MATTER}/", f"/v1/cases/{MATTER}/sign/", "/v1/cases//sign", "/sign", ""],
)
async def test_an_address_that_is_almost_a_command_is_none(http: httpx.AsyncClient, path: str) -> None:
    answer = await post(http, path, {"case_no": "A-1"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs/problems.md#not_found")


async def test_a_command_is_only_posted(http: httpx.AsyncClient) -> None:
    answer = await http.put(f"/v1/cases/{MATTER}/sign", headers=ledger.bearer())
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_below_a_root_path_the_framework_finds_the_command(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=app, root_path="/city")
    async with httpx.AsyncClient(transport=transport, base_url="http://dispatch") as http:
        answer = await post(http, "/city/v1/cases", {"case_no": "A-1"})
    assert answer.status_code == 201


class Slow(MemoryStore):
    """Keeps a reader waiting until somebody lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.read_began, self.let_go = asyncio.Event(), asyncio.Event()

    async def versions(self, streams: object) -> dict[str, int]:
        self.read_began.set()
        await self.let_go.wait()
        return {}

    async def read(self, stream: str) -> list[Envelope]:
        self.read_began.set()
        await self.let_go.wait()
        return await super().read(stream)


async def test_reads_and_commands_count_together(tmp_path: Path) -> None:
    store = Slow()
    app = build(ledger.STAGE, ledger.settings(tmp_path, max_in_flight=1), store=store)
    async with ledger.client(app) as http:
        reading = asyncio.create_task(http.get(f"/v1/cases/{MATTER}", headers=ledger.bearer()))
        await store.read_began.wait()
        refused = await post(http, f"/v1/cases/{MATTER}/sign", {"person": "u-2"})
        store.let_go.set()
        assert (refused.status_code, refused.json()["type"]) == (503, "/docs/problems.md#busy")
        assert (await reading).status_code == 404
        assert (await post(http, f"/v1/cases/{MATTER}/sign", {"person": "u-2"})).status_code == 404
