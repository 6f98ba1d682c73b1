"""A measurement in a process of its own answers its sample, or says why there is none."""

import os

import pytest

from bench import tasks

HERE = "tests.unit.bench.errand"


def test_a_task_answers_its_sample_from_another_process() -> None:
    found = tasks.run(f"{HERE}:done", {"work": 40})
    assert (found.work, found.rate) == (40, 80.0)
    assert found.side["pid"] != os.getpid()


def test_a_peer_needs_none_of_our_classes() -> None:
    assert tasks.run(f"{HERE}:plain", {"work": 40}).rate == 20.0


def test_a_task_without_a_figure_says_why() -> None:
    with pytest.raises(tasks.TaskFailed, match="the answer was wrong"):
        tasks.run(f"{HERE}:refused", {})
