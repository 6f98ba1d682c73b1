"""The whole local system: bring it up, scale it, take it down. Each call starts from what already runs."""

import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.local import backbone, disk, drill, fleet, keys, launcher_lock, mark, process, servers, services
from deploy.local.backbone import Addresses
from deploy.local.jars import Say
from deploy.local.paths import Paths
from deploy.local.problem import Problem
from deploy.local.services import Replica
from deploy.local.site import Site
from deploy.local.state import State


@dataclass(frozen=True)
class Wish:
    """What shall run: which stages, how many of each where that is not one, on which ports, by which clock.

    Without a `clock` the one of before goes on; `down` ends a drill.
    """

    stages: tuple[str, ...] = services.STAGES
    replicas: Mapping[str, int] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    clock: str = ""


@dataclass(frozen=True)
class Up:
    """A running stack: where its servers answer, and its replicas."""

    addresses: Addresses
    replicas: tuple[Replica, ...]


def up(paths: Paths, wish: Wish, say: Say) -> Up:
    """Bring up what is missing, leave the rest alone, return when all is ready. Raises `Problem`."""
    services.check_stages([*wish.stages, *wish.replicas])
    clock = drill.anchored(wish.clock) if wish.clock else None
    with launcher_lock.held(paths):
        disk.require(paths.home)
        _trim_logs(paths)
        site = Site(paths, State(paths.state), wish.ports, say)
        _end_unknown(site)
        was_down = not _anything_runs(site)
        if clock is not None:
            site.state.run_by(clock)
        try:
            return _bring_up(site, wish)
        except Problem:
            # A start that failed leaves nothing behind; a running stack is left as it is.
            if was_down:
                _take_down(site)
            raise


def down(paths: Paths, say: Say) -> bool:
    """Stop services first, so that they can drain into Kafka and PostgreSQL. Return whether anything ran."""
    if not paths.home.exists():
        return False
    with launcher_lock.held(paths):
        site = Site(paths, State(paths.state), {}, say)
        ran = _anything_runs(site)
        _take_down(site)
        return _end_unknown(site) or ran


def _bring_up(site: Site, wish: Wish) -> Up:
    paths = site.paths
    made = keys.ensure(paths.home)
    addresses = backbone.up(site)
    told = (addresses.bootstrap, addresses.dsn, made, site.mark, paths.logs)
    around = services.Surroundings(*told, clock=site.state.clock)
    return Up(addresses, fleet.up(site, around, _counts(site, wish)))


def _take_down(site: Site) -> None:
    fleet.down(site)
    backbone.down(site)
    site.state.run_by("")


def _anything_runs(site: Site) -> bool:
    return any(running.alive for running in site.state.running.values())


def delete_data(paths: Paths, say: Say) -> None:
    """Take the stack down and delete all it keeps: events, keys, logs. Downloads stay."""
    down(paths, say)
    outside = servers.postgres_home(paths).parent if paths.home.exists() else paths.home
    made = keys.files(paths.home)
    for folder in (paths.kafka, paths.home / "postgres", paths.logs):
        shutil.rmtree(folder, ignore_errors=True)
    if outside != paths.home:
        shutil.rmtree(outside, ignore_errors=True)
    for file in (paths.state, made.signing, made.jwks, made.sealing, paths.home / "installation"):
        file.unlink(missing_ok=True)


def _counts(site: Site, wish: Wish) -> dict[str, int]:
    """Return replicas per stage: as wished, else as many as run now, else one."""
    now = fleet.counts_now(site)
    return {stage: wish.replicas.get(stage, now.get(stage, 1)) for stage in wish.stages}


def _end_unknown(site: Site) -> bool:
    """End processes of this stack whose launcher died before it could write them down."""
    known = {running.pid for running in site.state.running.values()}
    strangers = [child for child in mark.carriers(site.paths.installation()) if child.pid not in known]
    for child in strangers:
        site.say(f"Stopping a process (pid {child.pid}) that a killed launcher left behind")
        # The one signal that PostgreSQL, a JVM and uvicorn all take as "end now, and cleanly".
        process.stop(child, 15.0, signal.SIGINT)
    return bool(strangers)


def _trim_logs(paths: Paths) -> None:
    for log in paths.logs.glob("*.log"):
        process.trim(log)
