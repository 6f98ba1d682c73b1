"""HTTP servers of a run: started with keys and databases of the run, loaded by `bench.load`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from bench.measure import Sample
from bench.place import Place, run
from deploy.local import keys, ports
from deploy.local.wait import until

START_SECONDS = 60.0


class NotStarted(RuntimeError):
    """A server did not answer in time."""


@dataclass(frozen=True)
class Site:
    """One server process that answers on a port."""

    place: Place
    name: str
    port: int

    def load(self, kind: str, count: int, *, connections: int = 32, rate: float = 0, **more: Any) -> Sample:
        """Send requests of this kind; `server` is the server's own microseconds per request."""
        before = self.busy()
        what: dict[str, Any] = {"kind": kind, "keys": str(self.place.folder), "count": count, **more}
        if rate:
            sample = self.place.task("bench.load:open_loop", port=self.port, rate=rate, **what)
        else:
            sample = self.place.task("bench.load:closed", port=self.port, connections=connections, **what)
        used = (self.busy() - before) / count * 1e6
        side = {
            key: value
            for key, value in sample.side.items()
            if key in {"p50", "p99", "calm"} or (key in {"again", "still"} and value)
        }
        return Sample(sample.work, sample.seconds, {**side, "server": used})

    def busy(self) -> float:
        """Seconds of processor time the server has used."""
        return busy(self.place.children[self.name].pid)


def busy(pid: int) -> float:
    """Seconds of processor time of a process and its living children, and of those it has waited for."""
    process = psutil.Process(pid)
    found = process.cpu_times()
    own = found.user + found.system + found.children_user + found.children_system
    return own + sum(_own(child) for child in process.children(recursive=True))


def _own(process: psutil.Process) -> float:
    try:
        found = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(found.user + found.system)


@contextmanager
def serving(place: Place, name: str, module: list[str], **told: str) -> Iterator[Site]:
    """A server process from start to end; `told` are its BIHUAN settings."""
    kept, port = keys.ensure(place.folder), ports.free()
    environment = {
        "BIHUAN_PORT": str(port),
        "BIHUAN_JWKS_FILE": str(kept.jwks),
        "BIHUAN_SEALING_KEY_FILE": str(kept.sealing),
        **{f"BIHUAN_{key.upper()}": value for key, value in told.items()},
    }
    place.spawn(name, [sys.executable, "-m", *module], environment)
    try:
        if not until(lambda: ports.answers(port), START_SECONDS):
            raise NotStarted((place.folder / "logs" / f"{name}.log").read_text()[-2000:])
        yield Site(place, name, port)
    finally:
        place.end(name)


@contextmanager
def endpoint(place: Place, name: str, dsn: str, number: int = 0) -> Iterator[Site]:
    """One of the applications of `bench.endpoint`."""
    with serving(place, f"{name}-{number}-{dsn[-4:]}", ["bench.endpoint", name], postgres_dsn=dsn) as site:
        yield site


def count(dsn: str, statement: str) -> int:
    """What a statement counts."""
    found = asyncio.run(run(dsn, statement))
    assert isinstance(found, int)
    return found
