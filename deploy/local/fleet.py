"""The replicas of the four services: what shall run against what does run."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from deploy.local import process, services
from deploy.local.problem import Problem, from_log
from deploy.local.services import Replica, Surroundings
from deploy.local.site import Site
from deploy.local.state import Running
from deploy.local.wait import until


def up(site: Site, around: Surroundings, counts: Mapping[str, int]) -> tuple[Replica, ...]:
    """Make exactly `counts` replicas of each stage run and be ready; leave those alone that already do."""
    wanted = {f"{stage}-{n}": (stage, n) for stage, count in counts.items() for n in range(count)}
    _stop_all(site, [running for running in _services(site) if running.name not in wanted])
    replicas = tuple(_running_one(site, around, stage, number) for stage, number in wanted.values())
    _wait_ready(site, around, replicas)
    return replicas


def down(site: Site) -> None:
    """Stop every replica at once; each drains what it has begun."""
    _stop_all(site, _services(site))


def counts_now(site: Site) -> dict[str, int]:
    """Return how many replicas of each stage are written down as running."""
    stages = [running.name.rpartition("-")[0] for running in _services(site)]
    return {stage: stages.count(stage) for stage in services.STAGES if stage in stages}


def _running_one(site: Site, around: Surroundings, stage: str, number: int) -> Replica:
    """Return the replica, started unless it runs with today's settings."""
    name = f"{stage}-{number}"
    living = site.state.living(name)
    if living is not None:
        kept = Replica(stage, number, living.port)
        asked = site.asked.get(stage) if number == 0 else None
        if living.fingerprint == services.fingerprint(kept, around) and asked in (None, living.port):
            return kept
        _stop_all(site, [living])
    replica = Replica(stage, number, _port(site, stage, number))
    site.say(f"Starting {name} on {replica.url}")
    child = process.spawn(services.program(replica, around))
    marker = services.fingerprint(replica, around)
    site.state.started(Running(name, child.pid, child.birth, replica.port, marker))
    return replica


def _port(site: Site, stage: str, number: int) -> int:
    """Return the port of a replica; one asked for by the stage's name belongs to the first."""
    if number == 0 and stage in site.asked:
        site.state.remember_port(f"{stage}-0", 0)
        return site.port(stage)
    return site.port(f"{stage}-{number}")


def _wait_ready(site: Site, around: Surroundings, replicas: tuple[Replica, ...]) -> None:
    """Return when all call themselves ready; raise `Problem` for the first that ended or took too long."""
    with ThreadPoolExecutor(max(1, len(replicas))) as pool:
        list(pool.map(partial(_wait_for_one, site, around), replicas))


def _wait_for_one(site: Site, around: Surroundings, replica: Replica) -> None:
    def settled() -> bool:
        return services.is_ready(replica.port) or site.state.living(replica.name) is None

    log = around.logs / f"{replica.name}.log"
    in_time = until(settled, services.START_SECONDS, pause=0.1)
    if site.state.living(replica.name) is None:
        raise from_log(replica.name, [log])
    if not in_time:
        raise Problem(
            f"{replica.name} was not ready within {services.START_SECONDS:.0f} s.", f"Its log: {log}"
        )


def _stop_all(site: Site, running: list[Running]) -> None:
    with ThreadPoolExecutor(max(1, len(running))) as pool:
        list(pool.map(partial(_stop, site), running))


def _stop(site: Site, running: Running) -> None:
    if running.alive:
        site.say(f"Stopping {running.name}")
        process.stop(running.child, services.STOP_SECONDS)
    site.state.ended(running.name)


def _services(site: Site) -> list[Running]:
    found = site.state.running.values()
    return [running for running in found if running.name.rpartition("-")[0] in services.STAGES]
