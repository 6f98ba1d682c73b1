"""The ledger checker finds each kind of damage: a clean copy is tampered with, one place at a time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests import scenarios
from tests.chaos import journal, sample
from tests.chaos.evidence import Evidence, Figure, Published
from tests.chaos.journal import Answered, Attempt, Journal
from tests.chaos.ledger import CHECKS, check, told
from tests.chaos.sample import CASE, REPORT, clean, stored, with_consumer

Tamper = Callable[[Evidence], Evidence]


def without(position: str) -> Tamper:
    """An event row is deleted."""
    return lambda seen: replace(seen, events=tuple(it for it in seen.events if it.position != position))


def with_entries(*more: journal.Entry) -> Tamper:
    return lambda seen: replace(seen, entries=(*seen.entries, *more))


def double_effect(seen: Evidence) -> Evidence:
    """The reaction to the closed case ran twice."""
    first = seen.events[-1]
    assert first.kind == "intake.outcome_recorded"
    return replace(seen, events=(*seen.events, replace(first, version=5)))


def from_nowhere(seen: Evidence) -> Evidence:
    event = stored("dispatch", 6, scenarios.reopened, sample.command(99))
    return replace(seen, events=(*seen.events, event))


def changed_bytes(seen: Evidence) -> Evidence:
    first, *others = seen.topics
    changed = replace(first, record=first.record.replace(b"2026", b"2027"))
    return replace(seen, topics=(changed, *others))


def overtaken(seen: Evidence) -> Evidence:
    """Versions 2 and 3 of the case changed places on the topic."""
    places = {event.record: event.position for event in seen.events}
    offsets = {f"{CASE}@2": 2, f"{CASE}@3": 1}
    moved = tuple(
        replace(record, offset=offsets.get(places[record.record], record.offset)) for record in seen.topics
    )
    return replace(seen, topics=moved)


def figures(*found: Figure) -> Tamper:
    return lambda seen: replace(seen, figures=found)


KEY = f"key-{CASE}@2"
NO_DISPUTES = Figure("RESOLVE_RATE", 0, ())
DAMAGES: dict[str, tuple[Tamper, str]] = {
    "an event row deleted": (without(f"{CASE}@3"), "accepted and missing"),
    "a gap": (without(f"{CASE}@3"), "versions not contiguous"),
    "the last row deleted": (without(f"{REPORT}@4"), "reaction missing"),
    "a reaction lost": (without(f"{CASE}@1"), "reaction missing"),
    "an effect doubled": (double_effect, "effect twice"),
    "a fact from nowhere": (from_nowhere, "unexplained"),
    "another answer to the same key": (
        with_entries(
            Attempt(KEY, 3, "dispatch", "/", 1.0), Answered(KEY, 3, "dispatch", 200, 1, 1, "", f"{CASE}@3")
        ),
        "answered differently",
    ),
    "an answer lost": (
        lambda seen: replace(seen, answers={k: v for k, v in seen.answers.items() if k != KEY}),
        "answer forgotten",
    ),
    "a key nobody sent": (
        lambda seen: replace(seen, answers={**seen.answers, "foreign": f"{CASE}@2"}),
        "key unknown",
    ),
    "an answer without an attempt": (
        with_entries(Answered(KEY, 9, "dispatch", 503, 1, 1)),
        "attempt not written",
    ),
    "a service that broke": (
        with_entries(Attempt(KEY, 3, "dispatch", "/", 1), Answered(KEY, 3, "dispatch", 500, 1, 1)),
        "broken inside",
    ),
    "a record missing on the topic": (lambda seen: replace(seen, topics=seen.topics[1:]), "not published"),
    "a record changed on the topic": (changed_bytes, "stranger on topic"),
    "a foreign record": (
        lambda seen: replace(seen, topics=(*seen.topics, Published("case.intake", 0, 4, b"k", b"{}"))),
        "stranger on topic",
    ),
    "versions overtaking on the topic": (overtaken, "topic out of order"),
    "a row left in the outbox": (lambda seen: with_consumer(seen, "intake", queued=1), "not quiet"),
    "a stream set aside": (lambda seen: with_consumer(seen, "intake", pending=(CASE,)), "not quiet"),
    "an offset behind": (
        lambda seen: with_consumer(seen, "metrics", offsets={("case.intake", 0): 4, ("case.dispatch", 0): 4}),
        "not quiet",
    ),
    "applied behind": (lambda seen: with_consumer(seen, "intake", applied={CASE: 4}), "applied wrong"),
    "applied ahead": (lambda seen: with_consumer(seen, "dispatch", applied={REPORT: 5}), "applied wrong"),
    "a matter twice in the read model": (lambda seen: replace(seen, rows=seen.rows * 2), "row twice"),
    "a changed row": (lambda seen: replace(seen, live_digest="other"), "digest differs"),
    "a denominator too large": (figures(Figure("CLOSE_RATE", 2, (2,)), NO_DISPUTES), "denominator wrong"),
    "groups that do not sum": (figures(Figure("CLOSE_RATE", 1, (1, 1)), NO_DISPUTES), "denominator wrong"),
    "a figure missing": (figures(NO_DISPUTES), "denominator wrong"),
}


def test_a_clean_ledger_has_no_finding() -> None:
    assert check(clean()) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_found(damage: str) -> None:
    tamper, kind = DAMAGES[damage]
    found = check(tamper(clean()))
    assert kind in {finding.kind for finding in found}, told(found)


def test_every_check_has_a_damage_that_only_it_must_find() -> None:
    assert {kind for _, kind in DAMAGES.values()} == CHECKS.keys()


def test_the_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    written = Journal(file)
    entries = (
        Attempt("k", 1, "intake", "/v1/reports", 0.5),
        Answered("k", 1, "intake", 201, 0.6, 0.1, "", "report-1@1"),
    )
    for entry in entries:
        written.write(entry)
    written.close()
    with file.open("ab") as cut:
        cut.write(b'{"what":"Attempt","key":"half')
    assert journal.read([file]) == entries
