"""The first texts of a matter, sent to two replicas at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from libs.events.memory import STAGE
from libs.events.postgres import PostgresStore
from libs.events.runtime import build
from libs.events.schema import upgrade
from tests.api.edge import ledger
from tests.api.edge.test_commands import received
from tests.api.edge.test_first_keys import NOBODY, explain, texts
from tests.waiting import hold


@pytest.fixture
async def stores(database: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    await upgrade(database)
    first, second = PostgresStore(database, STAGE), PostgresStore(database, STAGE)
    yield first, second
    await first.close()
    await second.close()


@pytest.fixture
async def replicas(
    tmp_path: Path, stores: tuple[PostgresStore, PostgresStore]
) -> AsyncIterator[tuple[httpx.AsyncClient, ...]]:
    async with AsyncExitStack() as stack:
        apps = (build(ledger.STAGE, ledger.settings(tmp_path), store=store) for store in stores)
        yield tuple([await stack.enter_async_context(ledger.client(app)) for app in apps])


async def test_first_texts_at_once_on_two_replicas_are_all_readable(
    replicas: tuple[httpx.AsyncClient, ...], stores: tuple[PostgresStore, PostgresStore]
) -> None:
    matter = await received(replicas[0])
    wanted = [f"text-{number}" for number in range(8)]
    answers = await asyncio.gather(
        *(explain(replicas[number % 2], matter, text, text) for number, text in enumerate(wanted))
    )
    assert {answer.status_code for answer in answers} == {200}
    for replica in replicas:
        assert await texts(replica, matter) == set(wanted)
    assert len(await stores[0].vault_keys([UUID(matter)])) == 1


async def test_fifty_equal_first_texts_at_once_are_one(replicas: tuple[httpx.AsyncClient, ...]) -> None:
    matter = await received(replicas[0])
    answers = await asyncio.gather(*(explained(replicas[number % 2], matter) for number in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert await texts(replicas[0], matter) == {"eins"}


async def explained(replica: httpx.AsyncClient, matter: str) -> httpx.Response:
    """As a client does: 503 on a busy machine means the same again with the same key (reliability R10)."""
    answer = await explain(replica, matter, "eins", "e-1")
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2):
        if answer.status_code != 503:
            break
        await hold(pause)
        answer = await explain(replica, matter, "eins", "e-1")
    return answer


async def test_what_is_refused_leaves_the_vault_empty(
    replicas: tuple[httpx.AsyncClient, ...], stores: tuple[PostgresStore, PostgresStore]
) -> None:
    matter = await received(replicas[0])
    asked = [(NOBODY, "eins", "e-1"), (matter, "nul \x00", "e-2"), (matter, "eins", "k-0")]
    answers = [await explain(replicas[0], *each) for each in asked]
    assert [answer.status_code for answer in answers] == [404, 422, 422]
    async with stores[0].use() as connection:
        assert await connection.fetchval("SELECT count(*) FROM vault") == 0
