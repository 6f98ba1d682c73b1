"""The servers of one run, in a temporary folder: started when first needed, ended whatever happens."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench import tasks
from bench.measure import Sample
from deploy.local import kafka, paths, ports, postgres, servers, topics
from deploy.local.process import Child, Program, birth_of, kill, spawn, stop
from deploy.local.topics import Topic

PREFIX = "bihuan-bench-"
JVM = "-XX:TieredStopAtLevel=4"
"""A broker under load is measured with its full compiler; the launcher's default is made for short runs."""
DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "server_version")


@dataclass
class Place:
    """A folder with a broker and a database server of this run, both real and durable."""

    folder: Path
    children: dict[str, Child] = field(default_factory=dict)

    @cached_property
    def bootstrap(self) -> str:
        """The broker's address."""
        os.environ.setdefault("BIHUAN_KAFKA_JVM", JVM)
        chosen = (ports.free(), ports.free())
        folder = servers.Folder(self.folder / "kafka", self.folder / "logs")
        broker = servers.broker(folder, chosen, paths.resolve().cache, print)
        self.keep("kafka", kafka.start(broker))
        kafka.wait_ready(broker, self.children["kafka"])
        return broker.bootstrap

    @cached_property
    def server(self) -> str:
        """The database server's address, with every right. Commits bear their time, which L1 and L2 read."""
        folder = servers.Folder(self.folder / "postgres", self.folder / "logs")
        server = servers.database_server(folder, ports.free())
        self._start(server)
        dsn = postgres.dsn(server, postgres.SUPERUSER, "postgres")
        asyncio.run(run(dsn, "ALTER SYSTEM SET track_commit_timestamp = on"))
        stop(self.children["postgres"], 30.0, postgres.STOP_SIGNAL)
        self._start(server)
        return dsn

    def _start(self, server: postgres.Server) -> None:
        self.keep("postgres", postgres.start(server))
        postgres.wait_ready(server, self.children["postgres"])

    def database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"bench_{secrets.token_hex(4)}"
        asyncio.run(run(self.server, f"CREATE DATABASE {name}"))
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()

    def drop(self, dsn: str) -> None:
        """Remove a database with whoever is connected."""
        asyncio.run(run(self.server, f"DROP DATABASE {urlsplit(dsn).path[1:]} WITH (FORCE)"))

    def topics(self, partitions: int, *names: str) -> str:
        """Fresh topics under a prefix of their own, which is answered; and the one of reference data."""
        prefix = f"b{secrets.token_hex(3)}-"
        reference = Topic(f"{prefix}case.reference", 1, {"cleanup.policy": "compact"})
        fresh = (Topic(prefix + name, partitions, {}) for name in names)
        topics.ensure(self.bootstrap, (*fresh, reference))
        return prefix

    def task(self, name: str, python: str | None = None, **arguments: object) -> Sample:
        """One measurement in a process of its own: `name` is `module:function`."""
        return tasks.run(name, arguments, python)

    def spawn(self, name: str, command: list[str], environment: Mapping[str, str]) -> Child:
        """A process of this run; `end` or the end of the run ends it."""
        told = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        child = spawn(Program(command, told, self.folder / "logs" / f"{name}.log", paths.PROJECT))
        self.keep(name, child)
        return child

    def keep(self, name: str, child: Child) -> None:
        """Remember a process, also for the next run should this one be killed."""
        self.children[name] = child
        known = [[one.pid, one.birth] for one in self.children.values()]
        (self.folder / "children.json").write_text(json.dumps(known))

    def end(self, name: str) -> None:
        """End a process of this run."""
        if name in self.children:
            stop(self.children.pop(name), 20.0)

    def close(self) -> None:
        """End everything and leave nothing behind."""
        for name, child in reversed(self.children.items()):
            if name == "kafka":
                kill(child)
            else:
                stop(child, 10.0, *([postgres.STOP_SIGNAL] if name == "postgres" else []))
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self) -> list[str]:
        """What the figures depend on."""
        found = asyncio.run(_settings(self.server))
        return [
            *(f"{name} = {value}" for name, value in found.items()),
            f"Kafka on {os.environ.get('BIHUAN_KAFKA_JVM', JVM)}",
        ]


def open_place() -> Place:
    """A new place, after ending what killed runs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _end_orphans(folder)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # PostgreSQL's own account must be able to pass through
    (folder / "logs").mkdir()
    (folder / "owner.json").write_text(json.dumps([os.getpid(), birth_of(os.getpid())]))
    return Place(folder)


def _end_orphans(folder: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        pid, birth = json.loads((folder / "owner.json").read_text())
        if birth_of(pid) == birth:
            return
        for child in json.loads((folder / "children.json").read_text()):
            kill(Child(*child))
        shutil.rmtree(folder, ignore_errors=True)


async def run(dsn: str, statement: str, *values: object) -> object:
    """One statement on a connection of its own; the first value of its answer."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


async def _settings(dsn: str) -> dict[str, object]:
    return {name: await run(dsn, f"SHOW {name}") for name in DURABLE}
