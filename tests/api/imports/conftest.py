"""The two stages that take legacy rows, in process on the memory store."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from libs.events.memory import MemoryStore
from libs.events.runtime import build
from services.dispatch.app import stage as dispatch
from services.mediation.app import stage as mediation
from tests.api.edge import ledger


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def cases(tmp_path: Path, store: MemoryStore) -> AsyncIterator[httpx.AsyncClient]:
    async with ledger.client(build(dispatch, ledger.settings(tmp_path), store=store)) as client:
        yield client


@pytest.fixture
async def disputes(tmp_path: Path, store: MemoryStore) -> AsyncIterator[httpx.AsyncClient]:
    async with ledger.client(build(mediation, ledger.settings(tmp_path), store=store)) as client:
        yield client
