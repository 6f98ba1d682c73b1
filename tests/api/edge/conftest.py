"""The tiny stage in process, on the memory store."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from libs.events.memory import MemoryStore
from libs.events.runtime import build
from tests.api.edge import ledger


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def app(tmp_path: Path, store: MemoryStore) -> FastAPI:
    return build(ledger.STAGE, ledger.settings(tmp_path), store=store)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with ledger.client(app) as client:
        yield client
