"""A generated register through the real stage into a real PostgreSQL: whole rows, and only once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from deploy.cities.chance import Chance
from deploy.cities.pack import load
from deploy.demo.generate import rows
from deploy.demo.recipe import recipe
from deploy.demo.writing import write
from deploy.register import mapping
from deploy.register.run import Job, Tally, run
from libs.events.clock import system_clock
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.runtime import build
from libs.events.schema import upgrade
from services.dispatch.app import stage
from tests.api.edge import ledger

PER_PART = 150


@dataclass
class Bench:
    """The stage over ASGI, its store, and a job that imports a small register into it."""

    http: httpx.AsyncClient
    store: PostgresStore
    job: Job

    async def run(self, job: Job | None = None) -> Tally:
        return await run(job or self.job, lambda _tally, _about: None, client=self.http)

    async def number(self, question: str) -> int:
        async with self.store.use() as connection:
            return int(await connection.fetchval(question))


@pytest.fixture
async def bench(database: str, tmp_path: Path) -> AsyncIterator[Bench]:
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/dispatch", "case.dispatch"))
    app = build(stage, ledger.settings(tmp_path), store=store)
    async with ledger.client(app) as http:
        yield Bench(http, store, _job(tmp_path))
    await store.close()


def _job(folder: Path) -> Job:
    pack = load("dawukou")
    register = recipe(pack).registers[0]
    parts = [
        part.model_copy(update={"total": PER_PART, "completed": PER_PART - 30}) for part in register.parts
    ]
    plan = mapping.load(pack.folder / register.mapping)
    drawn = rows(pack.city, register.model_copy(update={"parts": tuple(parts)}), plan.kind, Chance(5))
    write(folder / "cases.csv", plan, drawn)
    token = ledger.token("ADM")
    return Job(folder / "cases.csv", plan, "", token, folder / "report.csv", system_clock(), batch=60)


async def test_every_row_of_a_generated_register_is_imported(bench: Bench) -> None:
    tally = await bench.run()
    assert (tally.rows, tally.imported, tally.already, tally.rejected) == (2 * PER_PART, 2 * PER_PART, 0, 0)
    assert await bench.number("SELECT count(DISTINCT stream) FROM events") == 2 * PER_PART
    closed = "SELECT count(*) FROM events WHERE kind = 'dispatch.case_closed'"
    assert await bench.number(closed) >= 2 * (PER_PART - 30)


async def test_every_event_waits_to_be_published_in_the_order_of_its_stream(bench: Bench) -> None:
    await bench.run()
    events = await bench.number("SELECT count(*) FROM events")
    assert await bench.number("SELECT count(*) FROM outbox") == events
    torn = (
        "SELECT count(*) FROM (SELECT version - row_number() OVER stream AS gap FROM events "
        "WINDOW stream AS (PARTITION BY stream ORDER BY position)) AS found WHERE gap <> 0"
    )
    assert await bench.number(torn) == 0


async def test_a_second_import_stores_nothing(bench: Bench) -> None:
    await bench.run()
    events = await bench.number("SELECT count(*) FROM events")
    again = await bench.run()
    assert (again.imported, again.already) == (0, 2 * PER_PART)
    recut = await bench.run(replace(bench.job, batch=77))
    assert (recut.imported, recut.already) == (0, 2 * PER_PART)
    assert await bench.number("SELECT count(*) FROM events") == events


async def test_two_imports_of_one_register_at_once_store_it_once(bench: Bench) -> None:
    other = replace(bench.job, batch=41, report=bench.job.report.with_name("other.csv"))
    first, second = await asyncio.gather(bench.run(), bench.run(other))
    assert first.imported + second.imported == 2 * PER_PART
    assert first.already + second.already == 2 * PER_PART
    assert await bench.number("SELECT count(*) FROM events WHERE version = 1") == 2 * PER_PART
