"""The short, deterministic part of the chaos lane: a service and the database die once under a small load."""

import asyncio
import signal

import pytest

from tests.chaos.experiment import CALM, Lane, Run, in_town
from tests.chaos.load import Load
from tests.waiting import hold

pytestmark = pytest.mark.servers

TINY = Lane("test", Load(matters=9, rate=3.0, clients=9), rounds=1, outage=0.0)


async def test_the_ledger_is_clean_after_a_service_and_the_database_died() -> None:
    result = await in_town("F1", TINY, one_of_each)
    assert result.findings == []
    assert result.figures["told to the end"] == result.figures["matters"]


async def one_of_each(run: Run) -> None:
    """SIGKILL for dispatch, PostgreSQL stopped at once; the life of every kind of matter goes on."""

    async def fault() -> None:
        await hold(CALM / 2)
        await asyncio.to_thread(run.town.kill, "dispatch")
        await asyncio.to_thread(run.town.stop_postgres, signal.SIGQUIT)
        await asyncio.to_thread(run.town.start_postgres)
        await asyncio.to_thread(run.town.restart, "dispatch")

    await run.under_load(fault)
    await run.settle()
