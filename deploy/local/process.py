"""Processes that outlive their launcher and are never mistaken for others.

A process id alone is not a name: the number is given again after the process ended. So each child is
remembered with the moment its process started, and nothing is signalled unless both agree.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.problem import said_plainly
from deploy.local.wait import until

LOG_CAP = 20 * 1024 * 1024
"""Bytes a log file may have before its younger half goes to `<name>.1`."""

# Popen objects of this launcher's own children: kept so that an ended child is reaped and not seen as alive.
_own: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Child:
    """One process: its id and the moment it started (`birth`, opaque)."""

    pid: int
    birth: str


@dataclass(frozen=True)
class Program:
    """What to run: command line, environment, log file, working folder, and the user (None = ourselves)."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    user: int | None = None
    group: int | None = None


def spawn(program: Program) -> Child:
    """Start a program in a session of its own, so that Ctrl-C in our terminal does not reach it."""
    with said_plainly(program.log):
        program.log.parent.mkdir(parents=True, exist_ok=True)
        trim(program.log)
        with program.log.open("ab") as log:
            popen = subprocess.Popen(
                list(program.command),
                env=dict(program.environment),
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=program.user,
                group=program.group,
                extra_groups=[] if program.user is not None else None,
            )
    _own[popen.pid] = popen
    return Child(popen.pid, birth_of(popen.pid) or "gone")


def birth_of(pid: int) -> str | None:
    """Return an opaque mark of the moment the process started; None when there is no such living process."""
    own = _own.get(pid)
    if own is not None and own.poll() is not None:
        return None
    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            _reap(own)
            return None
        return _ticks(pid) or f"{found.create_time():.2f}"
    except psutil.Error:
        return None


def _reap(own: subprocess.Popen[bytes] | None) -> None:
    """Take the exit code of a child of ours that ended between two looks."""
    if own is not None:
        own.wait()


def _ticks(pid: int) -> str | None:
    """On Linux: boot id and start in clock ticks since boot, which a changed wall clock cannot move."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return f"{boot}/{stat.rpartition(')')[2].split()[19]}"


def alive(child: Child) -> bool:
    """Say whether exactly this process still runs."""
    return birth_of(child.pid) == child.birth


def stop(child: Child, seconds: float = 30.0, first: signal.Signals = signal.SIGTERM) -> bool:
    """Ask the process to end; kill its group when it has not after `seconds`. Return whether it obeyed."""
    if not alive(child):
        return True
    os.kill(child.pid, first)
    if until(lambda: not alive(child), seconds):
        return True
    kill(child)
    return False


def kill(child: Child) -> None:
    """End the process and its group at once; wait until it is gone (at most 10 s)."""
    if alive(child):
        os.killpg(child.pid, signal.SIGKILL)
        until(lambda: not alive(child), 10.0)


def trim(log: Path, cap: int = LOG_CAP) -> None:
    """Move the younger half of an outgrown log aside; its writer appends, so it goes on at the start."""
    if log.exists() and log.stat().st_size > cap:
        log.with_suffix(log.suffix + ".1").write_bytes(log.read_bytes()[-cap // 2 :])
        os.truncate(log, 0)
