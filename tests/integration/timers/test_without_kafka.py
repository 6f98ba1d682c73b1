"""A stage that starts while Kafka is away: time goes on, and readiness says what is missing."""

from pathlib import Path

import httpx

from bench.opened import ORIGIN
from libs.events.postgres import PostgresStore
from libs.events.schema import upgrade
from tests.integration.runtime.process import becomes, place, service
from tests.unit.timing.editions import usual
from tests.unit.timing.open_cases import open_cases, said
from tests.waiting import until

NOBODY = "127.0.0.1:9"


async def test_timers_tick_and_readiness_misses_the_reference_data(tmp_path: Path, database: str) -> None:
    await upgrade(database)
    store = PostgresStore(database, ORIGIN)
    (case,) = await open_cases(store, usual(), ["a"])
    at = place(tmp_path, database, NOBODY)

    async def all_said() -> bool:
        return len(await said(store, case)) == 4

    with service(at, "dispatch"):
        await until(all_said, 60)
        async with httpx.AsyncClient(base_url=at.url, timeout=15, trust_env=False) as http:
            await becomes(http, database=True, migrations=True, reference=False, ready=False)
    await store.close()
