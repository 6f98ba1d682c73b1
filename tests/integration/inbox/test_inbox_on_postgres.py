"""The inbox on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from tests.conformance.inbox_suite import InboxSuite


class TestInboxOnPostgres(InboxSuite):
    @pytest_asyncio.fixture
    async def store(self, database: str) -> AsyncIterator[PostgresStore]:
        await upgrade(database)
        store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
        yield store
        await store.close()
