"""Where the running stack answers, for every command that talks to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import backbone, keys, servers
from deploy.local.keys import Keys
from deploy.local.paths import Paths
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem
from deploy.local.services import STAGES
from deploy.local.state import State


@dataclass(frozen=True)
class Known:
    """The running stack: broker, a database per service, a URL per service that runs, and the key files."""

    bootstrap: str
    dsn: Mapping[str, str]
    url: Mapping[str, str]
    keys: Keys


def of_running(paths: Paths) -> Known:
    """Return the addresses of the stack in `paths`. Raises `Problem` when a server of it does not run."""
    state = State(paths.state)
    kafka, postgres = state.living("kafka"), state.living("postgres")
    if kafka is None or postgres is None:
        raise Problem("The local stack is not up.", "Start it with: bihuan up")
    folder = servers.Folder(servers.postgres_home(paths), paths.logs)
    server = servers.database_server(folder, postgres.port)
    first = {stage: state.living(f"{stage}-0") for stage in STAGES}
    return Known(
        bootstrap=f"{LOOPBACK}:{kafka.port}",
        dsn=backbone.dsns(server),
        url={stage: f"http://{LOOPBACK}:{one.port}" for stage, one in first.items() if one is not None},
        keys=keys.files(paths.home),
    )
