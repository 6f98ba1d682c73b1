from collections.abc import AsyncIterator

import pytest_asyncio

from libs.events.postgres import PostgresStore
from libs.events.schema import upgrade
from tests.conformance.clock_suite import ClockSuite
from tests.conformance.samples import ORIGIN
from tests.conformance.store_suite import StoreSuite


class TestPostgres(StoreSuite, ClockSuite):
    @pytest_asyncio.fixture
    async def store(self, database: str) -> AsyncIterator[PostgresStore]:
        await upgrade(database)
        store = PostgresStore(database, ORIGIN)
        yield store
        await store.close()
