"""Measurements in processes of their own: no garbage, no memory and no event loop of a mode before."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psutil

from bench.measure import Sample
from deploy.local.paths import PROJECT

PATIENCE = 1800.0
"""Seconds after which a measurement is given up."""
LOOK = 0.05
"""Seconds between two looks at the memory of a measurement's processes."""


class TaskFailed(RuntimeError):
    """A measurement ended without a figure; its own words are the message."""


def run(name: str, arguments: Mapping[str, object], python: str | None = None) -> Sample:
    """Call `module:function` with these arguments in another process and answer its sample."""
    command = [python or sys.executable, "-m", "bench.worker", name, json.dumps(arguments)]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    memory = Memory(process.pid)
    try:
        said, complaint = process.communicate(timeout=PATIENCE)
    finally:
        _end_group(process)
        memory.stop()
    if process.returncode != 0:
        raise TaskFailed(f"{name}: {complaint[-3000:]}")
    sample = Sample(**json.loads(said.splitlines()[-1]))
    return replace(sample, side={**sample.side, **memory.found()})


class Memory:
    """Looks at a process and its children until stopped: how much each grew since it was first seen working.

    Growth counts from the moment a process has children (a rebuild forks before it works), summed over all,
    each at its own peak: never less than what all had at one moment.
    """

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self._first: dict[int, int] = {}
        self._peak: dict[int, int] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def found(self) -> dict[str, float]:
        """`growth` in MB; nothing for a task without children."""
        grown = sum(self._peak[pid] - self._first[pid] for pid in self._first)
        return {"growth": grown / 1e6} if len(self._first) > 1 else {}

    def _watch(self) -> None:
        with contextlib.suppress(psutil.Error, OSError):
            while not self._over.wait(LOOK):
                children = children_of(self._pid)
                for pid in [self._pid, *children] if children else []:
                    self._see(pid)

    def _see(self, pid: int) -> None:
        with contextlib.suppress(psutil.Error):
            used = psutil.Process(pid).memory_info().rss
            self._first.setdefault(pid, used)
            self._peak[pid] = max(used, self._peak.get(pid, 0))


def children_of(pid: int) -> list[int]:
    """The processes that a process started. Asking psutil means a look at every process of the machine.

    Twenty such looks a second took a tenth of a core from what is measured.
    """
    told = Path(f"/proc/{pid}/task/{pid}/children")
    if told.exists():
        return [int(child) for child in told.read_text().split()]
    return [child.pid for child in psutil.Process(pid).children()]


def _end_group(process: "subprocess.Popen[str]") -> None:
    """Whatever the measurement started ends with it, also after Ctrl-C."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
