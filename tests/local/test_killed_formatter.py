"""A launcher is killed while it formats Kafka's data; its formatter goes on, and the next launcher starts."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deploy.local import java
from deploy.local.wait import until
from tests.local.conftest import Shell

PATIENCE = 90.0
IN_TURN = """\
#!/bin/sh
# Java. The first formatter waits until a second has begun; the second waits until the first has ended.
case "$*" in *StorageTool*) ;; *) exec {java} "$@" ;; esac
cd {folder}
if mkdir first 2>/dev/null; then
  read -r _ < begun
  {java} "$@"
  echo "$?" > ended
else
  echo > begun
  read -r code < ended
  echo "$code" > code
  exec {java} "$@"
fi
"""


@pytest.fixture
def in_turn(shell: Shell, tmp_path: Path) -> Shell:
    """A shell whose formatters take turns, so that the race has one outcome: the killed one writes first."""
    for pipe in ("begun", "ended"):
        os.mkfifo(tmp_path / pipe)
    script = tmp_path / "java"
    script.write_text(IN_TURN.format(java=java.find(), folder=tmp_path))
    script.chmod(0o755)
    return replace(shell, settings={"BIHUAN_JAVA": str(script)})


@pytest.fixture
def formatter(in_turn: Shell, tmp_path: Path) -> Iterator[psutil.Process]:
    """The formatter of a launcher that was killed; it is at work."""
    with in_turn.begin("up", "--no-services") as launcher:
        assert until((tmp_path / "first").exists, PATIENCE)
        (left,) = (it for it in psutil.Process(launcher.pid).children() if "format" in it.cmdline())
        launcher.kill()
    yield left
    if left.is_running():
        left.kill()


def test_the_formatter_of_a_killed_launcher_is_in_nobodys_way(
    in_turn: Shell, formatter: psutil.Process, tmp_path: Path
) -> None:
    assert formatter.is_running()
    done = in_turn.run("up", "--no-services")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "code").read_text() == "0\n"
    assert in_turn.status()["ready"] is True
