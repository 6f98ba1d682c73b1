"""The real local stack in a folder of its own, taken apart and put together again by an experiment."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from deploy.local import kafka, kafka_probe, keys, paths, ports, postgres, process, servers, services, topics
from deploy.local.kafka import Broker
from deploy.local.postgres import Server
from deploy.local.process import Child
from deploy.local.services import STAGES, Replica, Surroundings
from deploy.local.wait import until
from tests.e2e.installation import Installation

READY_SECONDS = 90.0


@dataclass
class Town:
    """Broker, database server and four services as processes. Every method blocks until it is done."""

    folder: Path
    broker: Broker
    server: Server
    city: Installation
    kafka: Child
    postgres: Child

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def stop_kafka(self, *, kindly: bool) -> None:
        """SIGTERM and wait, or SIGKILL."""
        if kindly:
            process.stop(self.kafka, kafka.STOP_SECONDS)
        else:
            process.kill(self.kafka)

    def start_kafka(self) -> None:
        self.kafka = kafka.start(self.broker)
        kafka.wait_ready(self.broker, self.kafka)

    def stop_postgres(self, how: signal.Signals) -> None:
        """SIGINT: fast stop; SIGQUIT: `-m immediate`; SIGKILL: a power cut. Waits for the backends too."""
        family = backends(self.postgres.pid)
        os.kill(self.postgres.pid, how)
        assert until(lambda: not process.alive(self.postgres), 30.0)
        assert until(lambda: not any(one.is_running() for one in family), 30.0)

    def start_postgres(self) -> None:
        self.postgres = postgres.start(self.server)
        postgres.wait_ready(self.server, self.postgres)

    def revive_postgres(self) -> None:
        """Start it, and return when all services are ready."""
        self.start_postgres()
        self.until_ready()

    def revive_kafka(self) -> None:
        """Start it, and return when all services are ready."""
        self.start_kafka()
        self.until_ready()

    def freeze_postgres(self, *, frozen: bool) -> None:
        """SIGSTOP or SIGCONT to the server and every backend."""
        how = signal.SIGSTOP if frozen else signal.SIGCONT
        os.kill(self.postgres.pid, how)
        for one in backends(self.postgres.pid):
            one.send_signal(how)

    def superuser(self) -> str:
        """The address of the server for who may end other people's sessions."""
        return postgres.dsn(self.server, postgres.SUPERUSER, "postgres")

    def kill(self, stage: str) -> None:
        self.city.kill(stage)

    def restart(self, stage: str) -> None:
        self.city.start(stage)

    def ready(self) -> bool:
        """Whether all four services call themselves ready."""
        return all(services.is_ready(replica.port) for replica in self.city.replicas.values())

    def until_ready(self, seconds: float = READY_SECONDS) -> bool:
        return until(self.ready, seconds, pause=0.1)

    def pid(self, stage: str) -> int:
        return self.city.children[stage].pid

    def log_lines(self) -> dict[str, int]:
        """Lines in each service's log."""
        return {stage: self.city.log(stage).count("\n") for stage in STAGES}


def backends(pid: int) -> list[psutil.Process]:
    """The children of the database server."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@dataclass(frozen=True)
class Detour:
    """Ports for a proxy: the one that services are told, and the one where the server is behind it."""

    postgres: int | None = None
    server: int | None = None


@contextmanager
def town(detour: Detour = Detour(), stages: tuple[str, ...] = STAGES) -> Iterator[Town]:
    """Everything up and ready in a new folder; everything down, and the folder gone, afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-chaos-"))
    folder.chmod(0o755)  # PostgreSQL's own account must be able to pass through
    built = _servers(folder, detour)
    try:
        built.city.start(*stages)
        yield built
    finally:
        _end(built)
        shutil.rmtree(folder, ignore_errors=True)


def _servers(folder: Path, detour: Detour) -> Town:
    logs = folder / "logs"
    logs.mkdir()
    broker = servers.broker(
        servers.Folder(folder / "kafka", logs), (ports.free(), ports.free()), paths.resolve().cache, print
    )
    server = servers.database_server(servers.Folder(folder / "postgres", logs), detour.server or ports.free())
    running = kafka.start(broker), postgres.start(server)
    kafka.wait_ready(broker, running[0])
    postgres.wait_ready(server, running[1])
    topics.ensure(broker.bootstrap, topics.read())
    postgres.ensure_databases(server, list(STAGES))
    around = Surroundings(broker.bootstrap, _dsns(server, detour), keys.ensure(folder), {}, logs)
    return Town(folder, broker, server, Installation(around), *running)


def _dsns(server: Server, detour: Detour) -> Mapping[str, str]:
    real = {stage: postgres.dsn(server, stage, stage) for stage in STAGES}
    if detour.postgres is None:
        return real
    return {stage: moved(dsn, detour.postgres) for stage, dsn in real.items()}


def moved(dsn: str, port: int) -> str:
    """The same database behind another port."""
    parts = urlsplit(dsn)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@{parts.hostname}:{port}").geturl()


def real_dsns(here: Town) -> dict[str, str]:
    """The databases themselves, past any proxy."""
    return {stage: postgres.dsn(here.server, stage, stage) for stage in STAGES}


def another(here: Town, stage: str, number: int) -> tuple[Replica, Child]:
    """One more replica of a stage; it is not ready yet."""
    replica = Replica(stage, number, ports.free())
    return replica, process.spawn(services.program(replica, here.city.around))


def _end(built: Town) -> None:
    """Frozen processes are woken first, because a stopped process takes no signal but the last."""
    if process.alive(built.postgres):
        built.freeze_postgres(frozen=False)
    built.city.stop()
    process.kill(built.kafka)
    process.stop(built.postgres, postgres.STOP_SECONDS, postgres.STOP_SIGNAL)


def kafka_answers(here: Town) -> bool:
    """Whether the broker takes requests."""
    return kafka_probe.is_ready(here.broker.bootstrap)
