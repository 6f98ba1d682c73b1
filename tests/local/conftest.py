"""The command line as a user runs it, on a stack of its own in a scratch folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.local import paths, stack
from deploy.local.paths import Paths
from deploy.local.state import State

COMMAND = (sys.executable, "-m", "deploy.cli")


@dataclass(frozen=True)
class Shell:
    """A user's shell: the command line with its own state folder."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> Paths:
        return Paths(self.home, paths.resolve().cache)

    @property
    def state(self) -> State:
        return State(self.paths.state)

    def environment(self) -> dict[str, str]:
        ours = {"BIHUAN_HOME": str(self.home), "BIHUAN_CACHE": str(self.paths.cache), "COLUMNS": "200"}
        return {**os.environ, **ours, **self.settings}

    def run(self, *arguments: str, command: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments],
            env=self.environment(),
            cwd=paths.PROJECT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the launcher as a terminal would, so that Ctrl-C reaches it.

        A shell lets its background jobs ignore Ctrl-C, and what they start would inherit that.
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environment(),
            cwd=paths.PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def status(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return report

    def conditions(self) -> dict[str, str]:
        return {line["name"]: line["condition"] for line in self.status()["processes"]}


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """Return a shell whose stack every test of the module shares; it is taken down at the end."""
    # Not pytest's own temporary folder: that one is closed to the account PostgreSQL runs as.
    home = Path(tempfile.mkdtemp(prefix="bihuan-local-"))
    home.chmod(0o755)
    yield Shell(home)
    stack.delete_data(Paths(home, paths.resolve().cache), print)
    shutil.rmtree(home)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line a refused command ends with: exit code 1, a message, no stack trace."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("bihuan: ")
    return last
