"""The inbox on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from libs.events.deadletter import Place, discard, listed
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.republishing import forget_offsets
from libs.events.schema import upgrade
from tests.conformance.arrivals import TOPIC, effects_of, event, poison
from tests.conformance.inbox_suite import InboxSuite, member


class TestInboxOnPostgres(InboxSuite):
    @pytest_asyncio.fixture
    async def store(self, database: str) -> AsyncIterator[PostgresStore]:
        await upgrade(database)
        store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
        yield store
        await store.close()


async def test_after_the_log_was_lost_decisions_stand_and_nothing_waits_for_it(database: str) -> None:
    """`republish`: the stage fills an empty topic again, so offsets name other records than before."""
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
    before = await member(store)
    await before.receive([event(0, "a", 1), event(1, "a", 3), poison(2, "b"), event(3, "b", 1)])
    await discard(store, Place(TOPIC, 3, 1), "li.na", "not ours")
    assert (await forget_offsets(database, [TOPIC])).parked == 3
    after = await member(store, generation=2)
    again = [event(0, "a", 1), event(1, "b", 1), event(2, "a", 2), event(3, "a", 3), event(4, "b", 2)]
    await after.receive([*again, event(5, "a", 4)])
    assert await effects_of(store, "a") == [1, 2, 4]
    assert await effects_of(store, "b") == [1, 2]
    assert await listed(store) == []
    assert [row.note for row in await store.parked("DISCARDED")] == ["not ours"]
    await store.close()
