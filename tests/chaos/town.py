"""The real local stack in a folder of its own, taken apart and put together again by an experiment."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
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
        # Not by looking through every process of the machine: that would hold up the load in this process.
        children = Path(f"/proc/{self.postgres.pid}/task/{self.postgres.pid}/children").read_text()
        for pid in map(int, children.split()):
            with suppress(ProcessLookupError):  # it ended by itself meanwhile
                os.kill(pid, how)

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
class Terrain:
    """What is not as usual.

    `postgres` is the port of a proxy that services are told, `server` where the server is behind it; `kafka`
    and `broker` are the same for the broker; `room` gives folders a small disk of their own, in megabytes.
    """

    postgres: int | None = None
    server: int | None = None
    kafka: int = 0
    broker: int = 0
    room: Mapping[str, int] = field(default_factory=dict)


@contextmanager
def town(terrain: Terrain = Terrain(), stages: tuple[str, ...] = STAGES) -> Iterator[Town]:
    """Everything up and ready in a new folder; everything down, and the folder gone, afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-chaos-"))
    folder.chmod(0o755)  # PostgreSQL's own account must be able to pass through
    for name, megabytes in terrain.room.items():
        _small_disk(folder / name, megabytes)
    built = _servers(folder, terrain)
    try:
        built.city.start(*stages)
        yield built
    finally:
        _end(built)
        for name in terrain.room:
            subprocess.run(["umount", "-l", str(folder / name)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def _small_disk(folder: Path, megabytes: int) -> None:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
    subprocess.run(command, check=True)


def _servers(folder: Path, terrain: Terrain) -> Town:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    chosen = (terrain.broker or ports.free(), ports.free())
    plain = servers.broker(servers.Folder(folder / "kafka", logs), chosen, paths.resolve().cache, print)
    broker = replace(plain, advertised=terrain.kafka)
    server = servers.database_server(
        servers.Folder(folder / "postgres", logs), terrain.server or ports.free()
    )
    running = kafka.start(broker), postgres.start(server)
    kafka.wait_ready(broker, running[0])
    postgres.wait_ready(server, running[1])
    topics.ensure(broker.bootstrap, topics.read())
    postgres.ensure_databases(server, list(STAGES))
    told = f"{ports.LOOPBACK}:{terrain.kafka}" if terrain.kafka else broker.bootstrap
    around = Surroundings(told, _dsns(server, terrain), keys.ensure(folder), {}, logs)
    return Town(folder, broker, server, Installation(around), *running)


def _dsns(server: Server, terrain: Terrain) -> Mapping[str, str]:
    real = {stage: postgres.dsn(server, stage, stage) for stage in STAGES}
    if terrain.postgres is None:
        return real
    return {stage: moved(dsn, terrain.postgres) for stage, dsn in real.items()}


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
