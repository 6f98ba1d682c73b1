"""Where the suites' Kafka and PostgreSQL come from, one of each per run, started only when a test asks.

In this order: an address in the environment (`TEST_KAFKA_BOOTSTRAP`, `TEST_POSTGRES_DSN`); testcontainers,
where an engine answers; the project's own launcher. `TEST_STACK=native` leaves containers out,
`TEST_STACK=containers` insists.

All processes of one run (pytest-xdist workers) share a folder: the first that needs a server starts it under
a lock and leaves its address there; the controlling process ends everything.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import kafka, paths, ports, postgres, servers
from deploy.local.process import Child, birth_of, kill, stop
from tests import engine

RUN = "BIHUAN_TEST_RUN"
_PREFIX = "bihuan-test-"

Started = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One pytest run: a folder that every worker of the run sees."""

    folder: Path

    def kafka(self) -> str:
        """Return the bootstrap address of the run's broker."""
        return os.environ.get("TEST_KAFKA_BOOTSTRAP") or self._once("kafka", self._start_kafka)

    def postgres(self) -> str:
        """Return the address of the run's server, with the right to create databases."""
        return os.environ.get("TEST_POSTGRES_DSN") or self._once("postgres", self._start_postgres)

    def close(self) -> None:
        """End every server of this run and remove its folder."""
        for file in self.folder.glob("*.started.json"):
            _end(json.loads(file.read_text()))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _once(self, name: str, start: Callable[[], Started]) -> str:
        file = self.folder / f"{name}.started.json"
        with _locked(self.folder / f"{name}.lock"):
            if not file.exists():
                file.write_text(json.dumps(start()))
            address: str = json.loads(file.read_text())["address"]
        return address

    def _start_kafka(self) -> Started:
        if _use_containers():
            from tests import containers

            return containers.start_kafka()
        chosen = (ports.free(), ports.free())
        folder = servers.Folder(self.folder / "kafka", self.folder / "logs")
        broker = servers.broker(folder, chosen, paths.resolve().cache, _say)
        child = kafka.start(broker)
        kafka.wait_ready(broker, child)
        return {"address": broker.bootstrap, "pid": child.pid, "birth": child.birth, "signal": signal.SIGKILL}

    def _start_postgres(self) -> Started:
        if _use_containers():
            from tests import containers

            return containers.start_postgres()
        folder = servers.Folder(self.folder / "postgres", self.folder / "logs")
        server = servers.database_server(folder, ports.free())
        child = postgres.start(server)
        postgres.wait_ready(server, child)
        address = postgres.dsn(server, postgres.SUPERUSER, "postgres")
        return {"address": address, "pid": child.pid, "birth": child.birth, "signal": postgres.STOP_SIGNAL}


def open_run() -> Run:
    """Begin a run in the controlling process, after ending what killed runs left behind."""
    end_orphaned_runs(Path(tempfile.gettempdir()), engine.answers)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # PostgreSQL's own account must be able to pass through.
    folder.chmod(0o755)
    (folder / "logs").mkdir()
    (folder / "owner.json").write_text(json.dumps([os.getpid(), birth_of(os.getpid())]))
    os.environ[RUN] = str(folder)
    return Run(folder)


def current_run() -> Run:
    """Return the run this process belongs to."""
    return Run(Path(os.environ[RUN]))


def _use_containers() -> bool:
    wish = os.environ.get("TEST_STACK", "")
    return wish == "containers" or (wish != "native" and engine.answers())


def _end(started: Started) -> None:
    if "container" in started:
        from tests import containers

        containers.remove(started["container"])
        return
    child = Child(started["pid"], started["birth"])
    if started["signal"] == signal.SIGKILL:
        kill(child)
    else:
        stop(child, 10.0, signal.Signals(started["signal"]))


def end_orphaned_runs(place: Path, engine_answers: Callable[[], bool]) -> None:
    """End what runs under this folder left behind whose controlling process is gone."""
    for folder in place.glob(f"{_PREFIX}*"):
        owner = folder / "owner.json"
        if owner.exists():
            pid, birth = json.loads(owner.read_text())
            if birth_of(pid) != birth and (not _has_containers(folder) or engine_answers()):
                Run(folder).close()


def _has_containers(folder: Path) -> bool:
    """They can only be ended while their engine answers; until then the run's folder stays."""
    return any("container" in json.loads(file.read_text()) for file in folder.glob("*.started.json"))


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    """Speak past pytest's capture: a download may take a while."""
    print(line, file=sys.__stderr__)
