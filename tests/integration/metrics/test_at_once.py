"""The short way of the live projector: a question, a statement; nothing at all where anything is unusual."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.events.codec import encode
from libs.events.contracts import Event
from libs.events.contracts.values import instant_text
from libs.events.errors import Fenced, Undecodable
from libs.events.fast import Fast
from libs.events.inbox import Inbox
from libs.events.postgres import PostgresStore
from libs.events.postgres.session import Connection, committed
from libs.events.postgres.transaction import PostgresTransaction
from libs.events.store import Consumed
from services.metrics.copying import copy, pack_instants
from services.metrics.matter import Matter
from services.metrics.projections import Projection
from services.metrics.rows import COLUMNS
from services.metrics.stored import loaded, write
from tests.integration.metrics.log import Delivered
from tests.unit.metrics.clocked import RECEIVED, STORIES
from tests.unit.metrics.histories import MATTER, START, envelope, fact, folded, happened

TOPICS = {"case.intake": "report", "case.dispatch": "case", "case.mediation": "dispute"}
PREFIX = {"intake": "report", "dispatch": "case", "mediation": "dispute"}
OFFSETS = "SELECT topic, partition, next_offset, generation FROM offsets ORDER BY topic, partition"
ROWS = f"SELECT {', '.join(f'{name}::text' for name in COLUMNS)} FROM {{}} ORDER BY matter"  # noqa: S608 - column names of our own
SWAP = "ALTER TABLE matters RENAME TO matters_old; ALTER TABLE matters_next RENAME TO matters"
LIKE = "CREATE TABLE {} (LIKE matters INCLUDING ALL)"


class Told(PostgresStore):
    """A store that counts the transactions it is asked for."""

    transactions = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        self.transactions += 1
        async with super().begin() as transaction:
            yield transaction


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[Told]:
    """Return a store on a fresh read model."""
    opened = Told(dsn, None)
    yield opened
    await opened.close()


def record(offset: int, data: Event, version: int, matter: UUID = MATTER, partition: int = 0) -> Delivered:
    """A fact as it comes from its topic."""
    stage = data.kind.partition(".")[0]
    whole = envelope(f"{PREFIX[stage]}-{matter}", version, data, START.replace(second=version))
    return Delivered(f"case.{stage}", partition, offset, str(matter).encode(), encode(whole))


async def member(store: PostgresStore, partitions: int = 1) -> Inbox[Fast]:
    inbox = Inbox[Fast](store, Projection(), TOPICS)
    await inbox.claim([(topic, number) for topic in TOPICS for number in range(partitions)], 1)
    return inbox


async def rows(connection: Connection, table: str = "matters") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(ROWS.format(table))]


async def offsets(store: PostgresStore) -> dict[tuple[str, int], int]:
    async with store.use() as connection:
        return {(row[0], row[1]): row[2] for row in await connection.fetch(OFFSETS)}


def submitted(number: int) -> UUID:
    return uuid5(MATTER, str(number))


async def test_an_ordinary_batch_needs_no_transaction_and_writes_what_one_writes(store: Told) -> None:
    inbox = await member(store, 2)
    store.transactions = 0
    batch = [record(number, fact("intake.report_submitted"), 1, submitted(number)) for number in range(3)]
    batch += [record(3, fact("intake.report_approved"), 2, submitted(0))]
    batch += [record(0, fact("intake.report_submitted"), 1, submitted(9), partition=1)]
    batch += [record(number, data, number + 1) for number, data in enumerate([RECEIVED, *STORIES[0]])]
    await inbox.receive(batch)
    assert (store.transactions, inbox.tally.applied) == (0, len(batch))
    moved = {("case.intake", 0): 4, ("case.intake", 1): 1, ("case.dispatch", 0): len(STORIES[0]) + 1}
    assert {place: end for place, end in (await offsets(store)).items() if end} == moved
    events = [Projection().decode(each.value or b"") for each in batch]
    async with store.lend() as connection:
        written = await rows(connection)
        await connection.execute("TRUNCATE matters")
        async with store.begin() as transaction:
            await Projection().apply(transaction, events)
        assert written == await rows(connection)
    assert len(written) == 5


async def test_what_follows_later_is_applied_to_the_row_that_is_there(store: Told) -> None:
    inbox = await member(store)
    await inbox.receive([record(0, fact("intake.report_submitted"), 1)])
    await inbox.receive([record(1, fact("intake.report_approved"), 2)])
    await inbox.receive([record(0, fact("dispatch.case_received"), 1)])
    assert store.transactions == 1  # the claim
    async with store.use() as connection:
        found = await connection.fetchrow("SELECT report_version, case_version FROM matters")
    assert found is not None
    assert tuple(found) == (2, 1)


@pytest.mark.parametrize("versions", [[1, 1], [2], [1, 3]])
async def test_what_comes_twice_or_too_early_goes_the_ordinary_way(store: Told, versions: list[int]) -> None:
    inbox = await member(store)
    kinds = {1: "intake.report_submitted", 2: "intake.report_approved", 3: "intake.case_filed"}
    await inbox.receive([record(at, fact(kinds[number]), number) for at, number in enumerate(versions)])
    assert store.transactions == 2
    assert (await offsets(store))["case.intake", 0] == len(versions)
    waiting = [row.version for row in await store.parked("PENDING")]
    assert waiting == [number for number in versions if number > 1]


async def test_what_waits_for_a_decision_holds_its_stream_up_and_no_other(store: Told) -> None:
    inbox = await member(store)
    await inbox.receive([record(0, fact("intake.report_approved"), 2)])
    store.transactions = 0
    await inbox.receive([record(1, fact("intake.report_submitted"), 1, submitted(1))])
    assert store.transactions == 0
    await inbox.receive([record(2, fact("intake.report_submitted"), 1)])
    assert store.transactions == 1
    async with store.use() as connection:
        assert await connection.fetchval("SELECT max(report_version) FROM matters") == 2


async def test_a_member_that_was_replaced_writes_nothing(store: Told) -> None:
    zombie = await member(store)
    await zombie.receive([record(0, fact("intake.report_submitted"), 1)])
    await member(store)
    with pytest.raises(Fenced):
        await zombie.receive([record(1, fact("intake.report_approved"), 2)])
    async with store.use() as connection:
        assert await connection.fetchval("SELECT report_version FROM matters") == 1
    assert (await offsets(store))["case.intake", 0] == 1


async def attempt(look: Any, moves: Sequence[Consumed], connection: Connection) -> bool:
    events = happened([fact("intake.report_submitted")])
    return await Projection().at_once(connection, look, events, moves)


STREAMS = [f"report-{MATTER}"]
MOVE, OTHER = Consumed("case.intake", 0, 0, 1, 1), Consumed("case.dispatch", 0, 0, 1, 1)


@pytest.mark.parametrize(
    "moves",
    [
        [MOVE, OTHER._replace(expected=1, to=2)],
        [MOVE._replace(generation=0), OTHER],
        [MOVE, Consumed("case.unknown", 0, 0, 1, 1)],
    ],
)
async def test_an_offset_that_stands_elsewhere_keeps_all_of_them_and_the_rows(
    store: Told, moves: list[Consumed]
) -> None:
    await member(store)
    before = await offsets(store)
    async with store.lend() as connection:
        look = await Projection().look(connection, STREAMS)
        assert not await attempt(look, moves, connection)
        assert await rows(connection) == []
    assert await offsets(store) == before


async def test_an_offset_that_somebody_holds_is_not_waited_for(store: Told) -> None:
    await member(store)
    async with store.lend() as connection, store.lend() as other:
        look = await Projection().look(connection, STREAMS)
        async with committed(other):
            await other.execute("SELECT FROM offsets FOR UPDATE")
            assert not await attempt(look, [MOVE], connection)
        assert await attempt(look, [MOVE], connection)


async def test_what_was_read_of_a_table_that_was_replaced_is_void(store: Told) -> None:
    await member(store)
    async with store.lend() as connection, store.lend() as other:
        assert await attempt(await Projection().look(connection, STREAMS), [MOVE], connection)
        look = await Projection().look(connection, STREAMS)
        await other.execute(LIKE.format("matters_next"))
        async with committed(other):
            await other.execute(SWAP)
        again = MOVE._replace(expected=1, to=2)
        assert not await attempt(look, [again], connection)
        assert await rows(connection) == []
        assert await attempt(await Projection().look(connection, STREAMS), [again], connection)
        assert len(await rows(connection)) == 1


TEXTS = st.none() | st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\\\"',{}()\t\n\r闭环")
)
MATTERS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5)


def told(number: int, texts: tuple[str | None, ...]) -> Matter:
    matter = folded(happened([fact("intake.report_submitted")]))
    matter.id = str(submitted(number))
    assert matter.report is not None
    matter.report.channel, matter.report.area, matter.report.holder = texts
    return matter


@asynccontextmanager
async def undone(connection: Connection) -> AsyncIterator[None]:
    await connection.execute("BEGIN")
    try:
        yield
    finally:
        await connection.execute("ROLLBACK")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MATTERS)
async def test_any_row_is_the_one_that_a_rebuild_copies(store: Told, texts: list[tuple[Any, ...]]) -> None:
    matters = [told(number, each) for number, each in enumerate(texts)]
    async with store.lend() as connection, undone(connection):
        await connection.execute(LIKE.format("copied"))
        await copy(connection, matters, "copied")
        await write(connection, matters, "matters")
        assert await rows(connection) == await rows(connection, "copied")
        await write(connection, reversed(matters), "matters")  # the update writes what the insert wrote
        assert await rows(connection) == await rows(connection, "copied")
        again = await loaded(connection, {matter.id for matter in matters}, "matters")
        await write(connection, again.values(), "matters")
        assert await rows(connection) == await rows(connection, "copied")


def timed(number: int, at: datetime) -> Matter:
    """A case with deadlines, and a report at some instant."""
    matter = folded(happened([fact("intake.report_submitted"), RECEIVED, *STORIES[number % len(STORIES)]]))
    matter.id = str(submitted(number))
    assert matter.report is not None
    matter.report.since = matter.report.first_at = matter.report.last_at = instant_text(at)
    return matter


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=8))
async def test_instants_are_packed_as_postgresql_reads_their_text(
    store: Told, instants: list[datetime]
) -> None:
    matters = [timed(number, at) for number, at in enumerate(instants)]
    async with store.lend() as connection, undone(connection):
        await connection.execute(LIKE.format("copied"))
        await pack_instants(connection)
        await copy(connection, matters, "copied")
        await connection.reset_type_codec("timestamptz", schema="pg_catalog")
        await write(connection, matters, "matters")
        assert await rows(connection) == await rows(connection, "copied")


async def test_a_nul_that_postgresql_cannot_keep_is_refused(store: Told) -> None:
    with pytest.raises(Undecodable, match="text"):
        async with store.lend() as connection:
            await write(connection, [told(1, ("a\0b", None, None))], "matters")
