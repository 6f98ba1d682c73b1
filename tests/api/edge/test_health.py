"""The addresses for whoever runs a service, and what bounds it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from libs.events.background import Background, Fatal
from libs.events.errors import Unavailable
from libs.events.front import Front
from libs.events.health import Part
from libs.events.memory import MemoryStore
from libs.events.runtime import build
from tests.api.edge import ledger
from tests.api.edge.test_commands import post
from tests.waiting import until


async def test_a_living_process_says_so_without_a_token(http: httpx.AsyncClient) -> None:
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_names_the_part_that_is_not(app: FastAPI, http: httpx.AsyncClient) -> None:
    front: Front = app.state.front

    async def well() -> Part:
        return Part(ok=True)

    async def away() -> Part:
        raise Unavailable("database")

    async def hanging() -> Part:
        await asyncio.Event().wait()
        raise AssertionError

    front.health.checks.update(relay=well)
    assert (await http.get("/readyz")).status_code == 200
    front.health.checks.update(database=away, consumer=hanging)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["parts"] == {
        "relay": {"ok": True, "why": None},
        "database": {"ok": False, "why": "database is unavailable"},
        "consumer": {"ok": False, "why": "no answer"},
    }


async def test_what_is_open_is_open_by_setting(tmp_path: Path, store: MemoryStore) -> None:
    settings = ledger.settings(tmp_path, open_metrics=False, open_openapi=False)
    async with ledger.client(build(ledger.STAGE, settings, store=store)) as http:
        for path in ("/metrics", "/openapi.json"):
            assert (await http.get(path)).json()["code"] == "not_found"


async def test_more_requests_than_bearable_are_turned_away(tmp_path: Path, store: MemoryStore) -> None:
    app = build(ledger.STAGE, ledger.settings(tmp_path, max_in_flight=1, after_deadline=0.3), store=store)
    async with ledger.client(app) as http:
        position = "report-0190b6a0-0000-7000-8000-000000000001@1"
        path = f"/v1/cases/0190b6a0-0000-7000-8000-000000000001?after={position}"
        waiting = asyncio.create_task(http.get(path, headers=ledger.bearer()))

        async def turned_away() -> bool:
            answer = await http.get("/healthz")
            return answer.status_code == 503 and answer.json()["code"] == "busy"

        await until(turned_away)
        assert (await waiting).json()["code"] == "position_not_reached"
        assert (await post(http, "/v1/cases", {"case_no": "A-1"})).status_code == 201


async def test_a_stage_whose_database_never_answered_is_unavailable(tmp_path: Path) -> None:
    async with ledger.client(build(ledger.STAGE, ledger.settings(tmp_path))) as http:
        answer = await post(http, "/v1/cases", {"case_no": "A-1"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_route_nobody_may_use_fails_start_up(tmp_path: Path, store: MemoryStore) -> None:
    for table in ({**ledger.PERMISSIONS, "Unknown": frozenset({"DSP"})}, {"Sign": frozenset({"DSP"})}):
        with pytest.raises(TypeError, match="permissions"):
            build(replace(ledger.STAGE, permissions=table), ledger.settings(tmp_path), store=store)


async def test_what_fails_is_begun_again_and_what_is_fatal_ends_the_process() -> None:
    background, ended, times = Background(), asyncio.Event(), 0
    background.fatal = ended.set

    async def fails_once_then_gives_up() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise RuntimeError
        raise Fatal("another process has this name")

    background.keep("part", fails_once_then_gives_up)
    async with asyncio.timeout(5):
        await ended.wait()
    assert times == 2
    assert not background.running("part")


async def test_a_part_that_does_not_end_is_cancelled() -> None:
    background = Background()

    async def endless() -> None:
        await asyncio.Event().wait()

    background.keep("part", endless)
    await background.ended("part", 0.05)
    await background.ended("unknown", 0.05)
    assert not background.running("part")
