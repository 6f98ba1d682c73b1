"""Kafka and PostgreSQL as this machine can run them, in any folder: the stack's own, or a test run's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import jars, java, postgres, postgres_binaries, privileges
from deploy.local.jars import Say
from deploy.local.kafka import Broker
from deploy.local.paths import Paths
from deploy.local.postgres import Server

_OUTSIDE = Path("/var/tmp")  # noqa: S108 - survives a restart, and every account can reach it


@dataclass(frozen=True)
class Folder:
    """Where one server lives: its own folder, the folder of its logs, and the mark its processes carry."""

    own: Path
    logs: Path
    mark: Mapping[str, str] = field(default_factory=dict)


def broker(folder: Folder, ports: tuple[int, int], cache: Path, say: Say) -> Broker:
    """Return the broker that can run here, its jars verified; `ports` are client and controller."""
    found = java.find()
    classpath = jars.ensure(cache, jars.source_from_environment(), say)
    return Broker(found, classpath, folder.own, folder.logs, *ports, folder.mark)


def database_server(folder: Folder, port: int) -> Server:
    """Return the PostgreSQL server that can run here, fitting the data that the folder may already hold."""
    account = privileges.account()
    found = postgres_binaries.find(postgres.data_version(folder.own))
    within_reach = postgres_binaries.within_reach(found, account, folder.own / "server")
    return Server(within_reach, folder.own, account, folder.logs / "postgres.log", port, folder.mark)


def postgres_home(paths: Paths) -> Path:
    """Return PostgreSQL's folder: in the state folder, or below /var/tmp when its account cannot pass.

    A root user's home is closed to others, and PostgreSQL refuses to run as root.
    """
    account = privileges.account()
    if account is None or privileges.reaches(account, paths.home):
        return paths.home / "postgres"
    return _OUTSIDE / f"bihuan-{paths.installation()}" / "postgres"
