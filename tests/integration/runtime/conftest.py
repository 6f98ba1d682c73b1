"""One running intake for the tests that do not break what it stands on."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import in_own_thread
from tests.integration.runtime.process import Place, make_topics, place, service


@pytest.fixture
def home(tmp_path: Path, database: str, kafka_bootstrap: str) -> Place:
    at = place(tmp_path, database, kafka_bootstrap)
    in_own_thread(lambda: make_topics(at))
    return at


@pytest.fixture
def running(home: Place) -> Iterator[Place]:
    with service(home):
        yield home


@pytest.fixture
async def http(home: Place) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=home.url, timeout=30, limits=limits, trust_env=False) as client:
        yield client
