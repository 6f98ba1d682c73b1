"""Fixtures for every suite: real servers, resolved by `tests/stack.py`, started only when a test asks."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import settings

from deploy.local import topics as kafka_topics
from deploy.local.topics import Topic
from tests import stack

_RUN = pytest.StashKey[stack.Run]()

TopicFactory = Callable[..., str]

SERVER_FIXTURES = {"kafka_bootstrap", "postgres_dsn"}
SERVER_SUITES = {"e2e", "integration", "local", "page"}


settings.register_profile("laws", deadline=timedelta(seconds=5), print_blob=True)
settings.load_profile("laws")
"""An example takes milliseconds. The bound is one that a busy machine keeps and an endless loop does not."""


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run in the controlling process; workers inherit it through the environment."""
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = stack.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End every server this run started."""
    if _RUN in config.stash:
        config.stash[_RUN].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so `make test-fast` can leave it out and `make test` run it one by one."""
    for item in items:
        asked = SERVER_FIXTURES & set(getattr(item, "fixturenames", ()))
        if asked or SERVER_SUITES & set(item.path.parts):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """Return the address of a real Kafka broker, shared by the whole run; use your own topics on it."""
    return stack.current_run().kafka()


@pytest.fixture(scope="session")
def postgres_dsn() -> str:
    """Return the address of a real PostgreSQL server, shared by the whole run; use a database of your own."""
    return stack.current_run().postgres()


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[str]:
    """Return the address of a fresh, empty database; it is dropped after the test."""
    with temporary_database(postgres_dsn) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_database(postgres_dsn: str) -> Iterator[str]:
    """Return the address of a fresh, empty database that one test module shares."""
    with temporary_database(postgres_dsn) as dsn:
        yield dsn


@pytest.fixture
def new_database(postgres_dsn: str) -> Iterator[Callable[[], str]]:
    """Return a function that makes another fresh, empty database; all are dropped after the test."""
    with ExitStack() as made:
        yield lambda: made.enter_context(temporary_database(postgres_dsn))


@pytest.fixture
def topics(kafka_bootstrap: str) -> Iterator[TopicFactory]:
    """Return `topics(name, partitions=1, **settings)`: it creates `<name>-<random>` and returns that name."""
    made: list[str] = []

    def create(name: str, partitions: int = 1, **settings: str) -> str:
        topic = f"{name}-{secrets.token_hex(4)}"
        config = {key.replace("_", "."): value for key, value in settings.items()}
        in_own_thread(lambda: kafka_topics.ensure(kafka_bootstrap, (Topic(topic, partitions, config),)))
        made.append(topic)
        return topic

    yield create
    if made:
        in_own_thread(lambda: kafka_topics.delete(kafka_bootstrap, made))


@contextmanager
def temporary_database(server: str) -> Iterator[str]:
    """Create a database with a random name on the server, and drop it with whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    in_own_thread(lambda: asyncio.run(_execute(server, f"CREATE DATABASE {name}")))
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    in_own_thread(lambda: asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)")))


def in_own_thread(work: Callable[[], object]) -> None:
    """Run blocking work that brings its own event loop; a test may have one running in this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
