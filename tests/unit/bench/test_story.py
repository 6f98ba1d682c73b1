"""The invented log is one that the contracts accept and that folds to an end."""

from collections import Counter

from bench.folded import folded
from bench.story import EVENTS_A_CASE, VARIANTS, records
from libs.events.codec import decode
from services.metrics.rows import row

CASES = 2 * VARIANTS


def test_every_record_is_valid_and_each_stream_counts_from_one() -> None:
    reached: Counter[str] = Counter()
    for record in records(range(CASES)):
        event = decode(record.value)
        assert event.stream.endswith(record.key.decode())
        assert event.version == reached[event.stream] + 1
        assert event.kind.startswith(f"{record.stage}.")
        reached[event.stream] += 1
    assert sum(reached.values()) == CASES * EVENTS_A_CASE


def test_cases_differ_and_are_the_same_in_every_run() -> None:
    once, again = list(records(range(CASES))), list(records(range(CASES)))
    assert once == again
    assert len({record.value for record in once}) == CASES * EVENTS_A_CASE


def test_every_case_is_closed_by_the_plain_path() -> None:
    assert {row(matter)[2] for matter in folded(CASES)} == {"CLOSED"}
