"""Measurements in processes of their own: no garbage, no memory and no event loop of a mode before."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from bench.measure import Sample
from deploy.local.paths import PROJECT

PATIENCE = 1800.0
"""Seconds after which a measurement is given up."""


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
    try:
        said, complaint = process.communicate(timeout=PATIENCE)
    finally:
        _end_group(process)
    if process.returncode != 0:
        raise TaskFailed(f"{name}: {complaint[-3000:]}")
    return Sample(**json.loads(said.splitlines()[-1]))


def _end_group(process: "subprocess.Popen[str]") -> None:
    """Whatever the measurement started ends with it, also after Ctrl-C."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
