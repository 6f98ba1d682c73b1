"""What `test_tasks.py` has done in another process."""

import os

from bench.measure import Sample


def done(work: int) -> Sample:
    """A sample that tells which process it comes from."""
    return Sample(work, 0.5, {"pid": os.getpid()})


def plain(work: int) -> dict[str, object]:
    """The same without our classes, as peers answer."""
    return {"work": work, "seconds": 2.0, "side": {}}


def refused() -> Sample:
    """No figure."""
    message = "the answer was wrong"
    raise AssertionError(message)
