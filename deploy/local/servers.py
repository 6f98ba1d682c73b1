"""Kafka and PostgreSQL as this machine can run them, in any folder: the stack's own, or a test run's."""

from pathlib import Path

from deploy.local import jars, java, postgres, postgres_binaries, privileges
from deploy.local.jars import Say
from deploy.local.kafka import Broker
from deploy.local.paths import Paths
from deploy.local.postgres import Server

_OUTSIDE = Path("/var/tmp")  # noqa: S108 - survives a restart, and every account can reach it


def broker(folder: Path, logs: Path, ports: tuple[int, int], cache: Path, say: Say) -> Broker:
    """Return the broker that can run here, its jars verified; `ports` are client and controller."""
    found = java.find()
    classpath = jars.ensure(cache, jars.source_from_environment(), say)
    return Broker(found, classpath, folder, logs, ports[0], ports[1])


def database_server(folder: Path, log: Path, port: int) -> Server:
    """Return the PostgreSQL server that can run here, fitting the data that `folder` may already hold."""
    account = privileges.account()
    found = postgres_binaries.find(postgres.data_version(folder))
    within_reach = postgres_binaries.within_reach(found, account, folder / "server")
    return Server(within_reach, folder, account, log, port)


def postgres_home(paths: Paths) -> Path:
    """Return PostgreSQL's folder: in the state folder, or below /var/tmp when its account cannot pass.

    A root user's home is closed to others, and PostgreSQL refuses to run as root.
    """
    account = privileges.account()
    if account is None or privileges.reaches(account, paths.home):
        return paths.home / "postgres"
    return _OUTSIDE / f"bihuan-{paths.installation()}" / "postgres"
