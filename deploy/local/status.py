"""What runs, seen from outside: asked of each process, never taken from memory."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from deploy.local import kafka_probe, postgres_probe, services
from deploy.local.paths import Paths
from deploy.local.ports import LOOPBACK
from deploy.local.state import Running, State


@dataclass(frozen=True)
class Line:
    """One process: `ready`, `not ready` (it runs but does not serve) or `dead` (it ended by itself)."""

    name: str
    condition: str
    address: str
    pid: int
    memory_mb: int
    log: str


def look(paths: Paths) -> tuple[Line, ...]:
    """Return a line per process that was started and not stopped; empty when the stack is down."""
    running = list(State(paths.state).running.values())
    with ThreadPoolExecutor(max(1, len(running))) as pool:
        return tuple(pool.map(lambda one: _line(paths, one), running))


def as_json(lines: tuple[Line, ...]) -> dict[str, Any]:
    """Return the same for programs."""
    ready = bool(lines) and all(line.condition == "ready" for line in lines)
    return {"ready": ready, "processes": [asdict(line) for line in lines]}


def _line(paths: Paths, running: Running) -> Line:
    condition = "dead" if not running.alive else "ready" if _answers(running) else "not ready"
    return Line(
        name=running.name,
        condition=condition,
        address=_address(running),
        pid=running.pid,
        memory_mb=_memory(running.pid) if condition != "dead" else 0,
        log=str(paths.logs / f"{running.name}.log"),
    )


def _answers(running: Running) -> bool:
    if running.name == "kafka":
        return kafka_probe.is_ready(f"{LOOPBACK}:{running.port}")
    if running.name == "postgres":
        return postgres_probe.is_ready(running.port)
    return services.is_ready(running.port)


def _address(running: Running) -> str:
    where = f"{LOOPBACK}:{running.port}"
    return where if running.name in ("kafka", "postgres") else f"http://{where}"


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss) // 2**20
    except psutil.Error:
        return 0
