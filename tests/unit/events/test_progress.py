"""Stillness is a partition with records to read from which none come, not a partition without records."""

from libs.events.kafka.progress import Progress

PARTITION = ("case.mediation", 0)
QUIET = 0.0


def _progress() -> Progress:
    progress = Progress()
    progress.begin({PARTITION: 7})
    return progress


def test_a_quiet_partition_is_not_still() -> None:
    progress = _progress()
    progress.ends({PARTITION: 7})
    assert progress.still(QUIET, ()) == []


def test_stillness_counts_from_the_first_record_that_waits() -> None:
    progress = _progress()
    quiet_since = progress._places[PARTITION].moved
    progress.ends({PARTITION: 8})
    assert progress._places[PARTITION].moved > quiet_since
    assert progress.still(60.0, ()) == []
    assert progress.still(QUIET, ()) == [PARTITION]


def test_more_records_do_not_hide_that_none_are_read() -> None:
    progress = _progress()
    progress.ends({PARTITION: 8})
    waiting_since = progress._places[PARTITION].moved
    progress.ends({PARTITION: 9})
    assert progress._places[PARTITION].moved == waiting_since
