"""Every experiment by its id, and how hard each lane is."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace

from tests.chaos.experiment import Lane, Result
from tests.chaos.experiments import (
    f01_kill,
    f02_postgres_restart,
    f03_postgres_frozen,
    f04_broker_restart,
    f05_broker_away,
    f06_network,
    f07_rebalance,
    f08_disk_full,
    f09_duplicates,
    f10_order,
    f11_malformed,
    f12_slow_clients,
    f16_lost_answers,
)
from tests.chaos.load import Load


@dataclass(frozen=True)
class Experiment:
    """Its sentence for the report, and what runs it."""

    title: str
    run: Callable[[Lane], Coroutine[None, None, Result]]


EXPERIMENTS: Mapping[str, Experiment] = {
    "F1": Experiment("kill -9 of every process", f01_kill.run),
    "F2": Experiment("PostgreSQL restarted, stopped at once, sessions terminated", f02_postgres_restart.run),
    "F3": Experiment("PostgreSQL frozen", f03_postgres_frozen.run),
    "F4": Experiment("broker restarted, SIGTERM and SIGKILL", f04_broker_restart.run),
    "F5": Experiment("broker away for long", f05_broker_away.run),
    "F6": Experiment("the network between services and PostgreSQL", f06_network.run),
    "F6b": Experiment("the network between services and Kafka", f06_network.run_kafka),
    "F7": Experiment("replicas come and go, a zombie, a double", f07_rebalance.run),
    "F8": Experiment("disk full under PostgreSQL, Kafka, the logs", f08_disk_full.run),
    "F9": Experiment("each record three times, then replay from offset 0", f09_duplicates.run),
    "F10": Experiment("versions out of order, and gaps", f10_order.run),
    "F11": Experiment("what nobody can read", f11_malformed.run),
    "F12": Experiment("slow headers, slow bodies, 2,000 idle connections", f12_slow_clients.run),
    "F16": Experiment("answers lost after the commit", f16_lost_answers.run),
}

SHORT = Lane("short", Load(matters=36, rate=2.0, clients=8), rounds=1, outage=5.0)
LONG = Lane("long", Load(matters=200, rate=2.0, clients=32, patience=180.0), rounds=3, outage=15.0)
OWN: Mapping[str, Mapping[str, float]] = {"F5": {"short": 120.0, "long": 600.0}}
"""Outages in seconds that differ from the lane's."""


def _lane(lane: Lane) -> Callable[[str], Lane]:
    return lambda name: replace(lane, outage=OWN.get(name, {}).get(lane.name, lane.outage))


LANES: Mapping[str, Callable[[str], Lane]] = {"short": _lane(SHORT), "long": _lane(LONG)}
