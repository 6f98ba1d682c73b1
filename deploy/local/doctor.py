"""What this machine has and what it lacks, each with its remedy."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from deploy.local import disk, jars, java, lock, postgres_binaries, servers, status
from deploy.local.paths import Paths, prepare
from deploy.local.postgres import data_version
from deploy.local.problem import Problem

_LEAST_MEMORY = 1536
"""MB for the broker (450), PostgreSQL and four services."""
_SECRET = ("PASSWORD", "SECRET", "TOKEN", "DSN")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it will do, what was found, and what to do otherwise."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine(paths: Paths) -> tuple[Finding, ...]:
    """Look at everything the local stack needs; nothing is started, nothing is downloaded."""
    return (
        _python(),
        _tried("state folder", lambda: str(prepare(paths).home)),
        _tried("disk", lambda: _space(paths)),
        _memory(),
        _tried("Java", _java),
        _jars(paths),
        _tried("PostgreSQL", lambda: _postgres(paths)),
        _running(paths),
        *_settings(),
    )


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, ok=True, found=look())
    except Problem as problem:
        return Finding(what, ok=False, found=problem.what, remedy=problem.remedy)


def _python() -> Finding:
    return Finding("Python", ok=True, found=f"{sys.version.split()[0]} at {sys.executable}")


def _space(paths: Paths) -> str:
    disk.require(paths.home)
    return f"{disk.free(paths.home) // 2**20} MB free"


def _memory() -> Finding:
    available = psutil.virtual_memory().available // 2**20
    enough = available >= _LEAST_MEMORY
    remedy = "" if enough else f"{_LEAST_MEMORY} MB are needed; stop other programs."
    return Finding("memory", ok=enough, found=f"{available} MB available", remedy=remedy)


def _java() -> str:
    found = java.find()
    return f"{java.version(found)} at {found}"


def _jars(paths: Paths) -> Finding:
    wanted = lock.read()
    folder = jars.folder(paths.cache, wanted)
    missing = [jar for jar in wanted if not jars.is_whole(folder, jar)]
    found = f"{len(wanted) - len(missing)} of {len(wanted)} jars in {folder}"
    remedy = "`bihuan up` fetches the others once." if missing else ""
    return Finding(f"Apache Kafka {lock.kafka_version(wanted)}", ok=True, found=found, remedy=remedy)


def _postgres(paths: Paths) -> str:
    found = postgres_binaries.find(data_version(servers.postgres_home(paths)))
    return f"{found.major} in {found.folder}"


def _running(paths: Paths) -> Finding:
    lines = status.look(paths)
    ill = [
        f"{line.name} is {line.condition} (log: {line.log})" for line in lines if line.condition != "ready"
    ]
    found = f"{len(lines)} processes" if lines else "nothing"
    return Finding("running", ok=not ill, found=found, remedy="; ".join(ill))


def _settings() -> list[Finding]:
    """Show every setting that is in force, secrets masked."""
    ours = sorted((name, value) for name, value in os.environ.items() if name.startswith("BIHUAN_"))
    return [Finding("setting", ok=True, found=f"{name}={_masked(name, value)}") for name, value in ours]


def _masked(name: str, value: str) -> str:
    return "***" if any(word in name for word in _SECRET) else value
