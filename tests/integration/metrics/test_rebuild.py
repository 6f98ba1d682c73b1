"""Rebuild from real topics into real tables: identical, swapped, resumed, refused."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import psutil
import pytest

from libs.events.codec import encode
from libs.events.contracts import Event
from libs.events.deadletter import Place, discard, listed
from libs.events.kafka import end_offsets, read_partition
from libs.events.postgres import PostgresStore
from libs.events.postgres.session import committed, connected
from libs.events.schema import upgrade
from services.metrics.definitions import DEFINITIONS
from services.metrics.queries import Questions
from services.metrics.rebuild import AlreadyRunning, Options, Outcome, Watch, rebuild
from services.metrics.selection import Page, Selection
from services.metrics.views import counted
from services.metrics.workers import GUARDS, WorkerFailed
from tests.integration.metrics.log import STAGES, LiveProjector, Written, written
from tests.unit.metrics.clocked import RECEIVED, STORIES
from tests.unit.metrics.histories import MATTER, START, envelope, fact
from tests.waiting import until

STORY = (
    "intake.report_submitted", "intake.report_approved", "intake.case_filed", "dispatch.case_received",
    "dispatch.case_dispatched", "dispatch.assignment_signed", "dispatch.feedback_submitted",
    "dispatch.case_closed", "intake.outcome_recorded",
)  # fmt: skip


UNWATCHED = Watch()
WAITS = """
SELECT count(*) FROM pg_locks
WHERE NOT granted AND relation = 'matters'::regclass AND clock_timestamp() - waitstart > interval '1.2 s'
"""
"""Somebody has waited for the table for longer than a vacuum is spared."""


def matter(number: int) -> UUID:
    return uuid5(MATTER, str(number))


def records(number: int, kinds: tuple[str, ...] = STORY) -> Iterator[tuple[str, bytes, bytes]]:
    """The published records of one matter: stage, key, value."""
    versions: dict[str, int] = {}
    for kind in kinds:
        stage = kind.partition(".")[0]
        versions[stage] = versions.get(stage, 0) + 1
        yield stage, str(matter(number)).encode(), record(stage, number, versions[stage], fact(kind))


def clocked(number: int, story: Sequence[Event]) -> Iterator[tuple[str, bytes, bytes]]:
    """The published records of one case whose facts carry clocks."""
    for version, data in enumerate([RECEIVED, *story], start=1):
        yield "dispatch", str(matter(number)).encode(), record("dispatch", number, version, data)


def record(stage: str, number: int, version: int, data: Event) -> bytes:
    at = START.replace(minute=number % 60, second=version)
    return encode(envelope(f"{STAGES[stage]}-{matter(number)}", version, data, at))


@dataclass
class World:
    """A log, a database with a live projector on it, and how to rebuild."""

    log: Written
    dsn: str
    store: PostgresStore
    projector: LiveProjector

    async def live(self, *numbers: int, kinds: tuple[str, ...] = STORY) -> None:
        """Matters happen, and live sees them."""
        await self.log.publish([found for number in numbers for found in records(number, kinds)])
        await self.projector.consume()

    async def rebuild(self, watch: Watch = UNWATCHED, **chosen: bool) -> Outcome:
        """Two processes, in a thread of its own because it brings its own loop."""
        options = Options(self.dsn, self.log.log, processes=2, **chosen)
        return await asyncio.to_thread(rebuild, options, watch)

    async def execute(self, statement: str, *values: object) -> None:
        async with self.store.use() as connection:
            await connection.execute(statement, *values)

    async def value(self, statement: str, *values: object) -> object:
        async with self.store.use() as connection:
            return await connection.fetchval(statement, *values)


@pytest.fixture
def world(kafka_bootstrap: str, topics: Callable[..., str], dsn: str, store: PostgresStore) -> World:
    """Return a log without a record and a live read model without a row."""
    log = written(kafka_bootstrap, topics)
    return World(log, dsn, store, LiveProjector(store, log.log))


async def test_live_and_rebuilt_are_identical_row_for_row_and_swapped(world: World) -> None:
    await world.live(*range(40))
    await world.live(*range(40, 60), kinds=STORY[:5])
    table = await world.value("SELECT 'matters'::regclass::oid")
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped, outcome.rows) == (True, True, 60)
    assert outcome.events == 40 * len(STORY) + 20 * 5
    assert outcome.lock_ms < 1000
    assert await world.value("SELECT 'matters'::regclass::oid") != table
    assert await world.value("SELECT count(*) FROM matters") == 60
    assert await world.value("SELECT to_regclass('matters_old')") is None
    assert await world.value("SELECT count(*) FROM rebuilds") == 0


async def test_the_rebuilt_table_goes_on_living(world: World, store: PostgresStore) -> None:
    await world.live(1, 2, kinds=STORY[:4])
    await world.rebuild()
    await world.log.publish(list(records(1))[4:])
    await world.projector.consume()
    again = await world.rebuild()
    assert (again.identical, again.swapped) == (True, True)
    answer = await Questions(store.use).count(DEFINITIONS["CLOSE_RATE"], None, Selection(), None)
    assert (answer.figure.numerator, answer.figure.denominator) == (1, 2)


@pytest.mark.parametrize("code", ["SIGN_ONTIME", "CLOSE_ONTIME"])
async def test_a_figure_of_time_is_the_same_integers_and_events_after_a_rebuild(
    world: World, store: PostgresStore, code: str
) -> None:
    told = [list(clocked(number, story)) for number, story in enumerate(STORIES)]
    for step in range(max(map(len, told))):
        await world.log.publish([story[step] for story in told if step < len(story)])
        await world.projector.consume()
    before = await _counted(Questions(store.use), code)
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped) == (True, True)
    assert await _counted(Questions(store.use), code) == before
    assert before[0] == {"SIGN_ONTIME": (5, 7), "CLOSE_ONTIME": (1, 3)}[code]


async def _counted(questions: Questions, code: str) -> tuple[tuple[int, int], list[Any]]:
    """The pair, and what is behind it."""
    definition = DEFINITIONS[code]
    answer = await questions.count(definition, None, Selection(), "org")
    behind = await questions.behind(definition, None, "denominator", Selection(), Page(50))
    pair = (answer.figure.numerator, answer.figure.denominator)
    return pair, [answer.groups, answer.policies, [counted(definition, row) for row in behind]]


async def test_the_indexes_are_those_of_the_live_table(world: World) -> None:
    statement = (
        "SELECT string_agg(indexdef, '\n' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'matters'"
    )
    before = await world.value(statement)
    await world.live(1)
    await world.rebuild()
    assert await world.value(statement) == before


STORED = """
SELECT attname, attcompression, attstorage, reloptions
FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
WHERE relname = 'matters' AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""


async def test_the_rows_are_stored_as_those_of_the_live_table(world: World) -> None:
    """Long texts are compressed inside the row, with the server's own lz4."""
    before = await _stored(world)
    assert ("case_log", b"l", b"m", ["toast_tuple_target=1500"]) in before
    await world.live(1)
    assert (await world.rebuild()).swapped
    assert await _stored(world) == before


async def _stored(world: World) -> list[tuple[Any, ...]]:
    async with world.store.use() as connection:
        return [tuple(row) for row in await connection.fetch(STORED)]


async def test_a_row_that_differs_is_named_and_nothing_is_swapped(world: World) -> None:
    await world.live(*range(10))
    await world.execute(
        "UPDATE matters SET status = 'DECLINED', case_closed = false WHERE matter = $1", matter(3)
    )
    await world.execute("DELETE FROM matters WHERE matter = $1", matter(4))
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped, outcome.differing) == (False, False, 2)
    found = {difference.matter: difference for difference in outcome.differences}
    assert found[str(matter(3))].columns == ("status", "case_closed")
    assert found[str(matter(4))].missing == "live"
    assert await world.value("SELECT count(*) FROM matters") == 9
    repaired = await world.rebuild(accept=True)
    assert (repaired.swapped, repaired.resumed) == (True, outcome.events)
    assert (await world.rebuild()).identical


async def test_verify_changes_nothing(world: World) -> None:
    await world.live(1, 2, 3)
    table = await world.value("SELECT 'matters'::regclass::oid")
    outcome = await world.rebuild(verify=True)
    assert (outcome.identical, outcome.swapped) == (True, False)
    assert await world.value("SELECT 'matters'::regclass::oid") == table
    assert await world.value("SELECT to_regclass('matters_next')") is None


async def test_an_interrupted_rebuild_goes_on_with_the_partitions_that_are_left(world: World) -> None:
    await world.live(*range(30))

    class Interrupted(Exception): ...

    def stop_at_the_end(phase: str) -> None:
        if phase == "index":
            raise Interrupted

    with pytest.raises(Interrupted):
        await world.rebuild(Watch(phase=stop_at_the_end))
    await world.execute("DELETE FROM rebuilds WHERE partition = 1")
    await _forget_rows_of_partition(world, 1)
    seen: list[tuple[int, int]] = []
    outcome = await world.rebuild(Watch(total=lambda total, done: seen.append((total, done))))
    assert outcome.identical
    assert seen == [(outcome.events, outcome.resumed)]
    assert 0 < outcome.resumed < outcome.events


async def _forget_rows_of_partition(world: World, partition: int) -> None:
    """As if that partition had never been folded: its rows and its standing commit together."""
    keys: set[bytes] = set()
    for topic in world.log.log.topics:
        end = (await end_offsets(world.log.log.bootstrap, [topic]))[topic, partition]
        async for page in read_partition(world.log.log.bootstrap, topic, partition, 0, end):
            keys |= {key for _, key, _ in page if key}
    async with world.store.use() as connection:
        await connection.execute(
            "DELETE FROM matters_next WHERE matter::text = ANY($1)", [key.decode() for key in keys]
        )


KILLED = """
import sys
from services.metrics.folding import Log
from services.metrics.rebuild import Options, Watch, rebuild
dsn, bootstrap, *topics = sys.argv[1:]
log = Log(bootstrap, dict(zip(topics[::2], topics[1::2])))
rebuild(Options(dsn, log), Watch(folded=lambda events: print(events, flush=True)))
"""


async def test_a_killed_rebuild_leaves_no_process_and_goes_on(world: World) -> None:
    await world.live(*range(30))
    topics = [text for pair in world.log.log.topics.items() for text in pair]
    arguments = (sys.executable, "-c", KILLED, world.dsn, world.log.log.bootstrap, *topics)
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    folding = psutil.Process(process.pid).children()
    process.kill()
    await process.wait()
    assert len(folding) == 2
    _, alive = await asyncio.to_thread(psutil.wait_procs, folding, 30)
    assert alive == []
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped, outcome.rows) == (True, True, 30)


async def test_other_code_begins_again(world: World) -> None:
    await world.live(1, 2)
    await world.execute("DELETE FROM matters WHERE matter = $1", matter(1))
    assert not (await world.rebuild()).identical
    await world.execute("UPDATE rebuilds SET fingerprint = 'older code'")
    assert (await world.rebuild()).resumed == 0


async def test_parked_records_are_treated_as_live_treats_them(world: World, store: PostgresStore) -> None:
    one, two, three = (list(records(number)) for number in (1, 2, 3))
    key = str(matter(1)).encode()
    await world.log.publish([*one[:4], ("dispatch", key, b"{"), *one[4:], *two[:5], two[6], *three])
    await world.projector.consume()
    assert await store.parked("PENDING")
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped, outcome.rows) == (True, True, 3)
    broken = next(row for row in await listed(store) if row.reason not in {"gap", "behind"})
    await discard(store, Place(broken.topic, broken.partition, broken.offset), "operator-1", "test data")
    await world.projector.inbox.replay()
    await world.log.publish([two[5]])
    await world.projector.consume()
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped) == (True, True)
    assert await world.value("SELECT status FROM matters WHERE matter = $1", matter(1)) == "CLOSED"


async def test_records_that_arrive_during_the_rebuild_are_in_it(world: World) -> None:
    await world.live(*range(20))
    loop = asyncio.get_running_loop()

    def more(phase: str) -> None:
        if phase in {"index", "swap"}:
            numbers = (100, 101) if phase == "index" else (102, 1)
            asyncio.run_coroutine_threadsafe(world.live(*numbers, kinds=STORY[:6]), loop).result(30)

    outcome = await world.rebuild(Watch(phase=more))
    assert (outcome.identical, outcome.swapped) == (True, True)
    assert await world.value("SELECT count(*) FROM matters") == 23
    assert (await world.rebuild(verify=True)).identical


async def test_readers_are_served_all_the_time(world: World, store: PostgresStore) -> None:
    await world.live(*range(30))
    questions, over = Questions(store.use), asyncio.Event()

    async def read() -> set[int]:
        seen = set()
        while not over.is_set():
            answer = await questions.count(DEFINITIONS["CLOSE_RATE"], None, Selection(), "org")
            seen.add(answer.figure.denominator)
        return seen

    reader = asyncio.create_task(read())
    try:
        for _ in range(3):
            assert (await world.rebuild()).swapped
    finally:
        over.set()
    assert await reader == {30}


async def test_a_vacuum_is_waited_for_until_the_server_sends_it_away(world: World) -> None:
    """It does that with its own vacuum after a second (`deadlock_timeout`); this one ends by itself."""
    await world.live(*range(3))
    async with connected(world.dsn, GUARDS) as vacuum, committed(vacuum):
        await vacuum.execute("LOCK TABLE matters IN SHARE UPDATE EXCLUSIVE MODE")
        rebuilding = asyncio.create_task(world.rebuild())

        async def waited_for() -> bool:
            return bool(await world.value(WAITS))

        await until(waited_for, 60.0)
    assert (await rebuilding).swapped


async def test_an_unknown_kind_stops_it_and_says_where(world: World) -> None:
    await world.live(1)
    stage, key, value = next(records(2))
    newer = value.replace(b"intake.report_submitted", b"intake.report_dreamt_up")
    await world.log.publish([(stage, key, newer)])
    await world.execute("UPDATE offsets SET next_offset = next_offset + 1 WHERE topic LIKE 'case.intake%'")
    with pytest.raises(WorkerFailed, match="unknown kind at"):
        await world.rebuild()
    assert await world.value("SELECT count(*) FROM matters") == 1


async def test_any_text_is_copied_as_it_is_written_live(world: World) -> None:
    texts = ["a\tb", "\\N", "\\", "a\nb\r", "\x01", "　全角", '"quoted"', "{}"]
    received = [fact("dispatch.case_received", case_no=text) for text in texts]
    await world.log.publish(
        [
            ("dispatch", str(matter(number)).encode(), record("dispatch", number, 1, data))
            for number, data in enumerate(received)
        ]
    )
    await world.projector.consume()
    outcome = await world.rebuild()
    assert (outcome.identical, outcome.swapped) == (True, True)
    assert await world.value("SELECT array_agg(case_no ORDER BY opened_at) FROM matters") == texts


async def test_one_rebuild_at_a_time(world: World) -> None:
    await world.live(1)
    async with connected(world.dsn, GUARDS) as other:
        await other.execute("SELECT pg_advisory_lock($1)", 0x62696875616E02)
        with pytest.raises(AlreadyRunning):
            await world.rebuild()
    assert (await world.rebuild()).identical


async def test_a_log_folded_from_republished_topics_has_the_same_digest(
    world: World, kafka_bootstrap: str, topics: Callable[..., str], new_database: Callable[[], str]
) -> None:
    await world.live(*range(12))
    await world.live(3, 5, kinds=())
    first = await world.rebuild(verify=True)
    again = written(kafka_bootstrap, topics, partitions=3)
    everything = [found for number in reversed(range(12)) for found in records(number)]
    await again.publish(everything)
    other = new_database()
    await upgrade(other, "services.metrics.migrations")
    store = PostgresStore(other, None)
    elsewhere = World(again, other, store, LiveProjector(store, again.log))
    await elsewhere.projector.consume()
    second = await elsewhere.rebuild(verify=True)
    await store.close()
    assert first.digest == second.digest
    assert second.identical
