"""Rivals answer for the same rows as the plain path, and one that does not has no speed."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bench.answers import WrongAnswer
from bench.assigned import warning_at
from bench.folded import digest, folded
from bench.peers.facts import SELDOM, Telling, attributes, told
from bench.rival import Matters, Seen, upsert
from bench.story import EVENTS_A_CASE, VARIANTS, matter, records
from libs.events.codec import decode, decode_fast, encode
from libs.events.envelope import Actor, Cause, Envelope
from services.metrics.rows import COLUMNS, row

CASES = 2 * VARIANTS
STORY = [record.value for record in records(range(CASES))]
PLAIN = digest(folded(CASES))
MATTER = UUID(int=7)


def kept(found: dict[str, Any]) -> Any:
    """An event of another library that has been stored as JSON, and read again."""
    event = Telling()
    vars(event).update(json.loads(json.dumps(found)))
    return event


def by_pydantic(values: Iterable[bytes]) -> Matters[str]:
    matters = Matters[str]()
    for event in map(Seen, map(decode, values)):
        matters.take(event.subject, event)
    return matters


def with_clocks() -> Iterator[bytes]:
    """Facts whose parts have instants, with fractions, from another system, by a deputy."""
    at = datetime(2026, 3, 2, 8, 30, 15, 250_000, tzinfo=UTC)
    actor = Actor("liaison-1", "640202001", "UNIT", on_behalf_of="head-1")
    trace = f"00-{'a1' * 16}-{'b2' * 8}-01"
    told = {"traceparent": trace, "source_system": "12345", "external_no": "X-1", "rule_id": "r1"}
    cause = Cause(actor, at, MATTER, MATTER, **told)
    for version, fact in enumerate(warning_at(at), 1):
        later = at + timedelta(microseconds=version)
        yield encode(Envelope("/bihuan/local/dispatch", f"case-{MATTER}", version, fact, cause, later))


def test_pydantic_and_the_one_fold_give_the_rows_of_the_plain_path() -> None:
    by_pydantic(STORY).check(PLAIN)


def test_facts_in_another_store_give_the_rows_of_the_plain_path() -> None:
    matters = Matters[UUID]()
    for case in range(CASES):
        for fact in told(case):
            matters.take(matter(case), kept(fact))
    matters.check(PLAIN)


def test_instants_inside_a_fact_and_seldom_attributes_are_the_same_to_the_fold() -> None:
    plainly, stored = Matters[UUID](), Matters[UUID]()
    for value in with_clocks():
        plainly.take(MATTER, decode_fast(value))
        stored.take(MATTER, kept(attributes(value)))
    wanted = digest(plainly.values())
    by_pydantic(with_clocks()).check(wanted)
    stored.check(wanted)
    named = dict(zip(COLUMNS, row(plainly[MATTER]), strict=True))
    assert (named["external_no"], named["sign_no"]) == ("X-1", [1])


def test_a_store_of_others_keeps_every_attribute_that_does_not_follow() -> None:
    found = attributes(next(with_clocks()))
    assert found["seldom"] == {
        "on_behalf_of": "head-1",
        "source_system": "12345",
        "external_no": "X-1",
        "rule_id": "r1",
    }
    assert found["seldom"].keys() < SELDOM.keys()
    assert found["fact"] == json.loads(next(with_clocks()))["data"]


@pytest.mark.parametrize("lost", [1, EVENTS_A_CASE])
def test_a_rival_that_lost_an_event_or_a_case_has_no_speed(lost: int) -> None:
    gone = [record.value for record in records([CASES - 1])][-lost:]
    with pytest.raises(WrongAnswer, match="digest of the rows"):
        by_pydantic(value for value in STORY if value not in gone).check(PLAIN)


def test_a_rival_that_heard_an_event_twice_has_no_speed() -> None:
    with pytest.raises(WrongAnswer):
        by_pydantic([*STORY, STORY[-1]]).check(PLAIN)


def test_the_digest_does_not_depend_on_the_order_of_the_matters() -> None:
    assert digest(reversed(folded(CASES))) == PLAIN


def test_an_upsert_writes_every_column() -> None:
    written = upsert(f"${place}" for place in range(1, len(COLUMNS) + 1))
    assert written.count("= excluded.") == len(COLUMNS) - 1
    assert f"${len(COLUMNS)})" in written
