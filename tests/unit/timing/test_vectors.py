"""The deadline vectors of the domain through the engine (lifecycles C5, DL01 to DL06)."""

from datetime import timedelta

import pytest

from libs.reference import Library
from tests.unit.timing.editions import publish
from tests.unit.timing.story import at, dispatched

VECTORS = [
    ("DL01", "02-13 10:00", "1wd", "02-15 00:00"),
    ("DL02", "02-13 10:00", "5wd", "02-28 00:00"),
    ("DL03", "02-13 10:00", "6wd", "03-01 00:00"),
    ("DL04", "02-16 10:00", "1wd", "02-25 00:00"),
    ("DL05", "09-24 10:00", "5wd", "10-10 00:00"),
    ("DL06", "10-09 10:00", "2wd", "10-13 00:00"),
]


@pytest.mark.parametrize(("start", "limit", "due"), [row[1:] for row in VECTORS], ids=[r[0] for r in VECTORS])
def test_a_case_is_due_where_the_vector_says_and_breached_at_that_instant(
    start: str, limit: str, due: str
) -> None:
    story = dispatched(publish(Library(), "e", f"HANDLE|*|*|{limit}"), at(start))
    assert story.clock("HANDLE").due_at == at(due)
    assert story.ticks("HANDLE", at(due) - timedelta(microseconds=1)) == ["SlaWarned"]
    assert story.ticks("HANDLE", at(due)) == ["SlaBreached"]
    assert story.ticks("HANDLE", at(due) + timedelta(days=400)) == []
