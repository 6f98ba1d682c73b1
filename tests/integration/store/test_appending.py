"""A group as plain values and the same group as arrays store the same rows, whatever is in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from libs.events.postgres import appending
from libs.events.postgres.rows import Writing, given, writing
from libs.events.recording import recorded
from libs.events.schema import upgrade
from libs.events.store import Append
from tests.conformance.samples import NOON, answer, key_of, offers, stream, ticking, timed

TABLES = ("events", "outbox", "idempotency", "vault", "clocks")
VOLATILE = {"queued_at", "created_at"}
LARGEST = appending.SIZES[-1]


def group(size: int) -> list[Writing]:
    """Some writings of every sort: new streams, answers, first keys, clocks that come and go."""
    return [piece(number, f"{size}-{number}") for number in range(size)]


def piece(number: int, name: str) -> Writing:
    """Every pair of what may be left out occurs within sixty numbers."""
    sorts: tuple[list[Append], ...] = (
        [offers(name, 0, 1 + number % 3)],
        [timed(name, ticking(), ticking("CONFIRMATION", due_at=NOON + timedelta(days=1)))],
        [offers(name), timed(name, ticking(state="STOPPED"), expected=1)],
        [],
    )
    appends = sorts[number % 4]
    kept = answer(name) if number % 3 or not appends else None
    keys = [key_of(name)] if appends and number % 5 < 3 else []
    return writing(appends, recorded("/bihuan/test", appends, NOON), kept, keys)


async def rows(connection: Any) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored, without the time at which it was."""
    found = {}
    for table in TABLES:
        stored = [dict(row) for row in await connection.fetch("TABLE " + table)]
        kept = [{name: row[name] for name in row.keys() - VOLATILE} for row in stored]
        found[table] = sorted(kept, key=repr)
    return found


async def write(connection: Any, whole: appending.Given, sizes: Sequence[int]) -> Any:
    """How many streams were behind."""
    statement, values = appending.filled(whole, sizes)
    return await connection.fetchval(statement, *values)


async def left_behind(connection: Any, whole: appending.Given, sizes: Sequence[int]) -> dict[str, Any]:
    """What a group stores in empty tables, which stay empty."""
    await connection.execute("ALTER SEQUENCE positions RESTART")
    transaction = connection.transaction()
    await transaction.start()
    assert await write(connection, whole, sizes) == 0
    found = await rows(connection)
    await transaction.rollback()
    return found


def of(append: Append, **more: Any) -> appending.Given:
    return given([writing([append], recorded("/s", [append], NOON), **more)])


@pytest.fixture
async def connection(database: str) -> Any:
    await upgrade(database)
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def test_both_forms_store_the_same_rows(connection: Any) -> None:
    for size in (1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 60):
        whole = given(group(size))._replace(heads=())  # the tables are empty: nothing can be expected
        plain = await left_behind(connection, whole, (*appending.SIZES, 1024))
        assert plain == await left_behind(connection, whole, ())
        assert len(plain["events"]) == len(plain["outbox"]) == len(whole.events)
        assert len(plain["idempotency"]) == len(whole.answers)
        assert len(plain["vault"]) == len(whole.keys)
        assert len(plain["clocks"]) == sum(row[3] is not None for row in whole.moves)
        order = [(row["stream"], row["version"]) for row in sorted(plain["events"], key=position)]
        assert order == [row[:2] for row in whole.events]


def position(row: dict[str, Any]) -> int:
    found: int = row["position"]
    return found


FORMS = pytest.mark.parametrize("sizes", [appending.SIZES, ()], ids=["values", "arrays"])


@FORMS
async def test_one_stream_that_is_behind_refuses_the_whole_group(
    connection: Any, sizes: Sequence[int]
) -> None:
    assert await write(connection, of(offers("a")), sizes) == 0
    before = await rows(connection)
    pieces = (timed("a", ticking(), expected=1), offers("b", 3))
    group = [writing([one], recorded("/s", [one], NOON), answer(), [key_of(one.stream)]) for one in pieces]
    behind = given(group)
    behind = behind._replace(answers=behind.answers[:1])
    assert await write(connection, behind, sizes) == 1
    assert await rows(connection) == before


@FORMS
async def test_a_stopped_clock_leaves_the_list(connection: Any, sizes: Sequence[int]) -> None:
    assert await write(connection, of(timed("a", ticking())), sizes) == 0
    assert len((await rows(connection))["clocks"]) == 1
    assert await write(connection, of(timed("a", ticking(state="STOPPED"), expected=1)), sizes) == 0
    assert (await rows(connection))["clocks"] == []


def test_there_are_few_statements_and_all_are_short_enough_to_be_kept() -> None:
    """The driver keeps a hundred prepared statements of at most 15 KB."""
    largest = appending.statement(LARGEST, True, True, True, True, True)
    assert len(largest) < 15 * 1024
    assert appending.filled(appending.Given([(stream("a"), 1)] * 3))[0] == appending.statement(
        4, True, False, False, False, False
    )
