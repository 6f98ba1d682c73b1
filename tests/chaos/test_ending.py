"""A run that is told to end takes down what it started, wherever it is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import asyncio
from contextlib import asynccontextmanager
from tests.chaos.__main__ import until_told_to_end

@asynccontextmanager
async def town():
    try:
        print("up", flush=True)
        yield
    finally:
        await asyncio.to_thread(print, "down", flush=True)

async def experiment():
    async with town(), asyncio.TaskGroup() as both:
        both.create_task(asyncio.Event().wait())
        both.create_task(asyncio.Event().wait())

asyncio.run(until_told_to_end(experiment()))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_was_started_is_taken_down(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        run.send_signal(how)
        assert run.stdout.read() == "down\n"
    assert run.returncode != 0
