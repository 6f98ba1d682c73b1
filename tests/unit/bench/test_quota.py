"""A pause is what lies between two looks at the clock, and nothing else."""

import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic

import psutil

from bench.quota import GAP, SECONDS, all_busy, pauses
from deploy.local.wait import hold, until

STOPPED = 0.3
LOOKED = 0.1
"""Seconds of processor time after which a process that was about to look has begun to."""


def looked(told: Connection) -> None:
    told.send("ready")
    told.send(list(pauses(monotonic() + 3 * SECONDS)))


def test_a_process_that_was_stopped_sees_how_long() -> None:
    ours, theirs = (context := get_context("spawn")).Pipe()
    process = context.Process(target=looked, args=(theirs,))
    process.start()
    assert ours.recv() == "ready"
    running = psutil.Process(process.pid)
    started = running.cpu_times().user
    assert until(lambda: running.cpu_times().user > started + LOOKED, 30.0)
    os.kill(running.pid, signal.SIGSTOP)
    hold(STOPPED)
    os.kill(running.pid, signal.SIGCONT)
    assert max(ours.recv()) >= STOPPED - GAP
    process.join()


def test_nobody_loses_more_than_there_is() -> None:
    sample = all_busy(0.2)
    assert 0 <= sample.side["lost"] <= 1000
    assert sample.work == 0.2 * len(os.sched_getaffinity(0))
