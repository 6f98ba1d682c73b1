"""The live projector and the questions, on a real PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from libs.events.contracts import Event
from libs.events.errors import UnknownStream
from libs.events.fast import Fast
from libs.events.postgres import PostgresStore
from libs.events.store import Consumed
from services.metrics.definitions import DEFINITIONS
from services.metrics.indicators import Figure
from services.metrics.projections import Projection
from services.metrics.queries import Questions
from services.metrics.rows import COLUMNS, row
from services.metrics.selection import By, Page, Selection
from tests.unit.metrics.histories import MATTER, START, fact, folded, happened

CLOSE_RATE, SUCCESS = DEFINITIONS["CLOSE_RATE"], DEFINITIONS["MEDIATE_SUCCESS"]
ALL = Selection()


async def apply(store: PostgresStore, events: Sequence[Fast]) -> None:
    async with store.begin() as transaction:
        await Projection().apply(transaction, events)


def case(number: int, *, closed: bool, lead: str = "unit-a", channel: str = "01", day: int = 0) -> list[Fast]:
    """A dispatched case, closed or not, filed some days after the start."""
    at = START + timedelta(days=day)
    facts: list[Event] = [
        fact("dispatch.case_received", filed_at=at, channel=channel),
        fact("dispatch.case_dispatched", lead=lead),
        *([fact("dispatch.case_closed", closed_at=at + timedelta(hours=1))] if closed else []),
    ]
    return happened(facts, uuid5(MATTER, str(number)), at)


async def test_a_row_in_the_database_is_the_row_of_the_fold(store: PostgresStore) -> None:
    events = happened(
        [fact("intake.report_submitted"), fact("intake.report_approved"), fact("intake.case_filed")]
    )
    await apply(store, events[:2])
    await apply(store, events[2:])
    async with store.use() as connection:
        stored = await connection.fetchrow("SELECT * FROM matters")
        text = await connection.fetchval("SELECT parts FROM matters")
    assert stored is not None
    expected = dict(zip(COLUMNS, row(folded(events)), strict=True))
    assert text == expected["parts"]
    assert stored["report_log"] == expected["report_log"]
    assert stored["filed_at"] == START
    assert set(stored.keys()) == set(COLUMNS)


async def test_the_versions_that_are_applied_are_those_of_the_rows(
    store: PostgresStore, questions: Questions
) -> None:
    await apply(store, happened([fact("dispatch.case_received"), fact("intake.report_submitted")]))
    streams = [f"{prefix}-{MATTER}" for prefix in ("report", "case", "dispute")]
    async with store.begin() as transaction:
        assert await Projection().applied(transaction, [*streams, f"case-{UUID(int=9)}"]) == {
            streams[0]: 1,
            streams[1]: 1,
        }
    assert [await questions.version(stream) for stream in streams] == [1, 1, 0]
    assert await questions.version(f"case-{UUID(int=9)}") == 0


async def test_a_figure_is_the_sum_of_its_groups_and_names_its_position(
    store: PostgresStore, questions: Questions
) -> None:
    for number in range(6):
        await apply(store, case(number, closed=number < 4, lead="unit-a" if number % 2 else "unit-b"))
    await apply(store, happened([fact("dispatch.case_received")], uuid5(MATTER, "waiting")))
    async with store.begin() as transaction:
        await transaction.move([Consumed("case.dispatch", 3, 0, 12, 1)])
    answer = await questions.count(CLOSE_RATE, None, ALL, "org")
    assert answer.figure == Figure(4, 7, "CASE")
    assert answer.groups == [
        ("unit-a", Figure(2, 3, "CASE")),
        ("unit-b", Figure(2, 3, "CASE")),
        (None, Figure(0, 1, "CASE")),
    ]
    assert answer.as_of == {"case.dispatch": {"3": 12}}


async def test_a_period_is_half_open_and_groups_are_local(store: PostgresStore, questions: Questions) -> None:
    last_local_minute = datetime(2020, 3, 31, 15, 59, tzinfo=UTC)
    for number, at in enumerate((last_local_minute, last_local_minute + timedelta(minutes=1))):
        await apply(
            store, happened([fact("dispatch.case_received", filed_at=at)], uuid5(MATTER, str(number)))
        )
    march = Selection(begin=datetime(2020, 2, 29, 16, tzinfo=UTC), end=datetime(2020, 3, 31, 16, tzinfo=UTC))
    assert (await questions.count(CLOSE_RATE, None, march, None)).figure.denominator == 1
    expected: dict[By, list[str]] = {
        "month": ["2020-03", "2020-04"],
        "quarter": ["2020-Q1", "2020-Q2"],
        "year": ["2020"],
    }
    for by, keys in expected.items():
        answer = await questions.count(CLOSE_RATE, None, ALL, by)
        assert [key for key, _ in answer.groups] == keys


async def test_filters_are_alternatives_inside_and_conditions_between(
    store: PostgresStore, questions: Questions
) -> None:
    await apply(store, case(1, closed=True, channel="03"))
    await apply(store, case(2, closed=False, channel="03", lead="unit-b"))
    await apply(store, case(3, closed=True, channel="02"))
    hotline = await questions.count(CLOSE_RATE, None, Selection(channels=("03",)), "channel")
    assert (hotline.figure, hotline.groups) == (Figure(1, 2, "CASE"), [("03", Figure(1, 2, "CASE"))])
    both = await questions.count(CLOSE_RATE, None, Selection(channels=("03", "02"), orgs=("unit-a",)), None)
    assert both.figure == Figure(2, 2, "CASE")


async def test_the_switch_of_mediation_success_counts_all_accepted(
    store: PostgresStore, questions: Questions
) -> None:
    begun = [fact("mediation.dispute_registered"), fact("mediation.mediation_accepted")]
    for number, end in enumerate(
        ([], [fact("mediation.agreement_reached")], [fact("mediation.mediation_failed")])
    ):
        await apply(store, happened([*begun, *end], uuid5(MATTER, str(number))))
    assert (await questions.count(SUCCESS, None, ALL, None)).figure == Figure(1, 2, "DISPUTE")
    assert (await questions.count(SUCCESS, "all_accepted", ALL, None)).figure == Figure(1, 3, "DISPUTE")


async def test_a_figure_opens_to_exactly_its_matters_page_by_page(
    store: PostgresStore, questions: Questions
) -> None:
    for number in range(7):
        await apply(store, case(number, closed=number % 2 == 0, day=number % 3))
    seen: list[UUID] = []
    after = None
    while True:
        page = await questions.behind(CLOSE_RATE, None, "numerator", ALL, Page(2, after))
        seen += [found["matter"] for found in page[:2]]
        if len(page) <= 2:
            break
        after = (page[1]["filed_at"], page[1]["matter"], 0)
    assert sorted(seen) == sorted(uuid5(MATTER, str(number)) for number in (0, 2, 4, 6))


async def test_the_list_is_complete_in_order_and_filtered(store: PostgresStore, questions: Questions) -> None:
    for number in range(5):
        await apply(store, case(number, closed=number < 2, day=number))
    first = await questions.list(ALL, Page(3))
    assert [found["opened_at"].day for found in first] == [6, 5, 4, 3]
    rest = await questions.list(ALL, Page(3, (first[2]["opened_at"], first[2]["matter"], 0)))
    assert [found["opened_at"].day for found in rest] == [3, 2]
    assert len(await questions.list(Selection(statuses=("CLOSED",)), Page(9))) == 2
    assert len(await questions.list(Selection(orgs=("-",)), Page(9))) == 0
    assert len(await questions.list(Selection(orgs=("unit-a",), stages=("dispatch",)), Page(9))) == 5
    assert len(await questions.list(Selection(holders=("unit-a",)), Page(9))) == 3


async def test_an_organisation_sees_only_what_it_takes_part_in(
    store: PostgresStore, questions: Questions
) -> None:
    await apply(store, case(1, closed=False, lead="unit-a"))
    matter = uuid5(MATTER, "1")
    assert (await questions.one(matter, "unit-a"))[0]["matter"] == matter
    assert (await questions.one(matter, None))[0]["matter"] == matter
    with pytest.raises(UnknownStream):
        await questions.one(matter, "unit-z")
    assert await questions.list(Selection(visible_to="unit-z"), Page(9)) == []
