"""The machine's own time zone changes nothing (F14): instants carry theirs, and days are those of China."""

import os
import subprocess
import sys

import pytest

from deploy.local.paths import PROJECT

PROGRAM = """
import asyncio
from libs.events.clock import drill_clock
from libs.events.memory import MemoryStore
from libs.events.recording import Origin
from libs.events.timers import Timers
from services.dispatch.decider import dispatch
from tests.unit.timing.editions import usual
from tests.unit.timing.open_cases import HANDLE_ENDS, Hands, open_cases, said

async def main():
    hands, store, library = Hands(), MemoryStore(Origin("/bihuan/test/dispatch", "case.dispatch")), usual()
    case, = await open_cases(store, library, ["a"])
    for event in await store.read(case):
        for clock in event.data.__dict__.get("clocks") or ():
            print(clock.clock, clock.warn_at.isoformat(), clock.due_at.isoformat())
    hands.now = HANDLE_ENDS
    timers = Timers(store, dispatch, library, hands)
    while await timers.tick(hands.now):
        pass
    print(*await said(store, case), sep=" | ")
    print(drill_clock("2026-12-31T23:59+08:00x60@2026-11-22T10:00+00:00", hands)().isoformat())

asyncio.run(main())
"""


def told(zone: str) -> str:
    environment = {**os.environ, "TZ": zone}
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_deadlines_and_timers_are_the_same_wherever_the_machine_believes_to_be(zone: str) -> None:
    here = told("UTC")
    assert told(zone) == here
    assert "HANDLE 2026-03-06T04:00:00+00:00 2026-03-09T16:00:00+00:00" in here
    assert "SlaBreached HANDLE" in here
