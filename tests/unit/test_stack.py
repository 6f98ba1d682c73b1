"""What killed test runs left behind is ended by the next run, as far as that is possible."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.process import birth_of
from tests import stack


def left_behind(place: Path, owner: tuple[int, object], started: dict[str, object]) -> Path:
    """The folder of a run that was killed while it had a broker."""
    folder = place / "bihuan-test-1"
    folder.mkdir()
    (folder / "owner.json").write_text(json.dumps(owner))
    (folder / "kafka.started.json").write_text(json.dumps(started))
    return folder


@contextmanager
def idle() -> Iterator["subprocess.Popen[bytes]"]:
    """A process, as servers are started, that does nothing until it is killed."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.fixture
def gone() -> tuple[int, object]:
    """A process that is no more, as the file of an owner names it."""
    with idle() as child:
        return child.pid, birth_of(child.pid)


def test_a_run_on_containers_whose_engine_has_gone_is_left_for_later(
    tmp_path: Path, gone: tuple[int, object]
) -> None:
    """Asking the engine to remove them would fail, and every later run with it."""
    folder = left_behind(tmp_path, gone, {"container": "4f2a", "address": "127.0.0.1:9092"})
    stack.end_orphaned_runs(tmp_path, lambda: False)
    assert folder.exists()


def test_a_run_without_containers_is_ended_whatever_the_engine_says(
    tmp_path: Path, gone: tuple[int, object]
) -> None:
    with idle() as server:
        started = {"address": "", "pid": server.pid, "birth": birth_of(server.pid), "signal": signal.SIGKILL}
        folder = left_behind(tmp_path, gone, started)
        stack.end_orphaned_runs(tmp_path, lambda: False)
        assert server.wait(10) == -signal.SIGKILL
    assert not folder.exists()


def test_a_run_that_still_goes_on_is_left_alone(tmp_path: Path) -> None:
    with idle() as owner:
        folder = left_behind(tmp_path, (owner.pid, birth_of(owner.pid)), {"container": "4f2a"})
        stack.end_orphaned_runs(tmp_path, lambda: True)
    assert folder.exists()
