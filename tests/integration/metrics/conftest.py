"""A migrated metrics database and a store on it."""

from collections.abc import AsyncIterator

import pytest

from libs.events.postgres import PostgresStore
from libs.events.schema import upgrade
from services.metrics.queries import Questions


@pytest.fixture
async def dsn(database: str) -> str:
    """Return the address of a fresh metrics database."""
    await upgrade(database, "services.metrics.migrations")
    return database


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[PostgresStore]:
    """Return a store without a topic of its own."""
    opened = PostgresStore(dsn, None)
    yield opened
    await opened.close()


@pytest.fixture
def questions(store: PostgresStore) -> Questions:
    """Return what can be asked of the database."""
    return Questions(store.use)
