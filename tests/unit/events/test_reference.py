"""Publishing reference data, and hearing of it: from the tables to the library of every process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Self

import pytest

from libs.events.codec import encode
from libs.events.contracts.intake import OutcomeWithdrawn
from libs.events.errors import ConcurrencyConflict, Unavailable
from libs.events.feed import ReferenceFeed, Tailed
from libs.events.memory import MemoryStore
from libs.events.recording import Origin
from libs.events.reference import EditionTaken, Notice, PackRefused, Published, learn, publish, stream_of
from libs.events.store import OutboxRecord
from libs.reference import ChangedDay, Library, Revision, chunks
from tests.conformance.arrivals import envelope
from tests.unit.reference.packs import header, tables

NOW = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
NOTICE = Notice("reviewer-001", NOW, "first edition")
NAME = header()["version"]
ORIGIN = Origin("/bihuan/test/intake", "case.intake", branch=("reference-", "case.reference"))
PIECES = len(chunks(tables()))


def intake() -> MemoryStore:
    return MemoryStore(ORIGIN, clock=lambda: NOW)


async def sent(store: MemoryStore) -> list[OutboxRecord]:
    async with store.seat() as seat:
        return await seat.turn([], [], 10_000)


# Publishing


async def test_an_edition_is_published_whole_on_its_own_topic_the_edition_last() -> None:
    store = intake()
    result = await publish(store, tables(), header(), NOTICE)
    assert (result.edition, result.new, result.written, result.shared) == (NAME, True, PIECES, 0)
    rows = await sent(store)
    assert {row.topic for row in rows} == {"case.reference"}
    assert len({row.key for row in rows}) == len(rows) == PIECES + 1
    assert b"edition_published" in rows[-1].value


async def test_the_same_again_changes_nothing_and_other_content_under_its_name_is_refused() -> None:
    store = intake()
    first = await publish(store, tables(), header(), NOTICE)
    again = await publish(store, tables(), header(), replace(NOTICE, by="other", note="again"))
    assert again == Published(NAME, first.digest, new=False, shared=PIECES)
    before = await sent(store)
    with pytest.raises(EditionTaken, match=NAME):
        await publish(store, tables(), header(effective_at="2026-06-01T00:00:00+08:00"), NOTICE)
    assert await sent(store) == before


async def test_a_pack_that_breaks_rules_is_refused_whole_with_every_fault() -> None:
    store, broken = intake(), tables()
    broken["grids"][0]["person"] = "nobody"
    broken["limits"][0]["limit"] = "5 weeks"
    with pytest.raises(PackRefused) as refused:
        await publish(store, broken, header(), NOTICE)
    assert {fault.file for fault in refused.value.faults} == {"grids.csv", "limits.csv"}
    assert await sent(store) == []


async def test_the_next_edition_sends_only_what_differs() -> None:
    store, changed = intake(), tables()
    await publish(store, tables(), header(), NOTICE)
    changed["risks"][0]["meaning"] = "changed"
    result = await publish(store, changed, header(version="2026.2"), NOTICE)
    assert (result.written, result.shared) == (1, PIECES - 1)


async def test_two_who_publish_the_same_at_once_publish_it_once() -> None:
    store = intake()
    results = await asyncio.gather(*(publish(store, tables(), header(), NOTICE) for _ in range(4)))
    assert {result.digest for result in results} == {results[0].digest}
    assert len(await sent(store)) == PIECES + 1


async def test_a_revision_is_published_with_its_edition() -> None:
    store, library = intake(), Library()
    changed = (ChangedDay(date(2026, 3, 9), "WORKING", "OFF"),)
    revision = Revision(NAME, "cn-2025.1", "cn-2026.1", "notice", changed, NOTICE.by)
    await publish(store, tables(), header(), replace(NOTICE, revision=revision))
    await known(store, library)
    assert library.revisions() == (revision,)


async def known(store: MemoryStore, library: Library) -> None:
    feed = ReferenceFeed(library, Topic([row.value for row in await sent(store)]).tail)
    with pytest.raises(Unavailable):
        await feed.run()


# Hearing of it


@dataclass
class Topic:
    """A log that goes away after what it holds, as Kafka does."""

    records: list[bytes]
    asked: list[int] = field(default_factory=list)

    async def tail(self, start: int) -> AsyncIterator[Tailed]:
        self.asked.append(start)
        end = len(self.records)
        yield Tailed((), start, end)
        for offset in range(start, end):
            yield Tailed([self.records[offset]], offset + 1, end)
        raise Unavailable("kafka")


class Memory(MemoryStore):
    """A stage's database as far as the feed needs it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytes] = []
        self.away = False

    async def remembered(self) -> list[bytes]:
        return self.kept

    def begin(self) -> Any:
        return Keeping(self)


@dataclass
class Keeping:
    memory: Memory

    async def __aenter__(self) -> Self:
        if self.memory.away:
            raise Unavailable("database")
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def remember(self, records: Sequence[tuple[str, bytes]]) -> None:
        self.memory.kept += [record for _, record in records]


async def log_of(**changes: str) -> Topic:
    store = intake()
    await publish(store, tables(), header(**changes), NOTICE)
    return Topic([row.value for row in await sent(store)])


async def test_what_was_published_is_what_every_process_knows() -> None:
    topic, library = await log_of(), Library()
    feed = ReferenceFeed(library, topic.tail)
    reached = [feed.caught_up]
    with pytest.raises(Unavailable):
        await feed.run()
    assert [*reached, feed.caught_up] == [False, True]
    assert library.tables(NAME) == {name: rows for name, rows in sorted_tables(library).items() if rows}
    assert library.edition(NAME).manifest.by == NOTICE.by


def sorted_tables(library: Library) -> dict[Any, Any]:
    """What the library holds, each table as the chunks order it."""
    again = Library()
    for chunk in chunks(tables()):
        again.add_chunk(chunk.digest, chunk.table, chunk.content)
    again.add_edition(library.edition(NAME).manifest)
    return again.tables(NAME)


async def test_after_an_outage_it_goes_on_where_it_was() -> None:
    topic, library = await log_of(), Library()
    feed = ReferenceFeed(library, topic.tail)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await feed.run()
    topic.records += (await log_of(version="2026.2", effective_at="2026-05-01T00:00:00+08:00")).records[-1:]
    with pytest.raises(Unavailable):
        await feed.run()
    assert topic.asked == [0, PIECES + 1, PIECES + 1]
    assert [edition.version for edition in library.editions()] == [NAME, "2026.2"]


async def test_a_stage_that_starts_while_kafka_is_away_knows_what_it_heard_before() -> None:
    memory, topic = Memory(), await log_of()
    with pytest.raises(Unavailable):
        await ReferenceFeed(Library(), topic.tail, memory).run()
    library = Library()
    feed = ReferenceFeed(library, Topic([]).tail, memory)
    await feed.recall()
    assert library.knows(NAME)
    assert not feed.caught_up


async def test_what_could_not_be_kept_is_kept_when_the_database_is_back() -> None:
    memory, topic = Memory(), await log_of()
    feed = ReferenceFeed(Library(), topic.tail, memory)
    memory.away = True
    with pytest.raises(Unavailable, match="database"):
        await feed.run()
    memory.away = False
    with pytest.raises(Unavailable, match="kafka"):
        await feed.run()
    assert memory.kept == topic.records


async def test_a_record_that_is_no_reference_data_holds_nobody_up() -> None:
    topic, library = await log_of(), Library()
    foreign = encode(envelope("a", 1))
    topic.records = [b"", b"{", foreign, *topic.records, b"\xff"]
    feed = ReferenceFeed(library, topic.tail)
    with pytest.raises(Unavailable):
        await feed.run()
    assert library.knows(NAME)
    assert (feed.refused, feed.caught_up) == (4, True)


async def test_it_says_when_something_new_was_heard() -> None:
    topic, told = await log_of(), list[str]()
    feed = ReferenceFeed(Library(), topic.tail)
    feed.changed = lambda: told.append("new")
    with pytest.raises(Unavailable):
        await feed.run()
    assert len(told) == PIECES + 1


async def test_only_facts_of_reference_data_have_a_shelf_and_a_stream() -> None:
    fact = OutcomeWithdrawn(route="DISPATCH", cycle=1)
    with pytest.raises(TypeError):
        learn(Library(), fact)
    with pytest.raises(TypeError):
        stream_of(fact)


async def test_a_publisher_who_loses_every_race_hears_so() -> None:
    class Raced(MemoryStore):
        def begin(self) -> Any:
            raise ConcurrencyConflict("raced")

    with pytest.raises(ConcurrencyConflict):
        await publish(Raced(ORIGIN), tables(), header(), NOTICE)
