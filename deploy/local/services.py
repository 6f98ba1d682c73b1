"""The four stages as processes: `python -m services.<stage>`, told everything by environment variables."""

import hashlib
import http.client
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.keys import Keys
from deploy.local.paths import PROJECT
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem
from deploy.local.process import Program

STAGES = ("intake", "dispatch", "mediation", "metrics")
MOST_REPLICAS = 12
"""More would stand idle: a stage topic has twelve partitions."""
START_SECONDS = 120.0
STOP_SECONDS = 35.0
"""A service drains within 30 s of SIGTERM; after this it is killed."""


@dataclass(frozen=True)
class Surroundings:
    """What every service is told: addresses, keys, the stack's mark; where logs go and code comes from.

    `clock`: the drill clock that the business runs by; empty for real time.
    """

    bootstrap: str
    dsn: Mapping[str, str]
    keys: Keys
    mark: Mapping[str, str]
    logs: Path
    project: Path = PROJECT
    clock: str = ""


@dataclass(frozen=True)
class Replica:
    """One process of a stage: its number (0 first) is its static membership in the consumer group."""

    stage: str
    number: int
    port: int

    @property
    def name(self) -> str:
        """How it is called in status, state and logs."""
        return f"{self.stage}-{self.number}"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"


def program(replica: Replica, around: Surroundings) -> Program:
    """Return what to run for a replica."""
    environment = {**os.environ, **told(replica, around), **around.mark, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", f"services.{replica.stage}"]
    return Program(command, environment, around.logs / f"{replica.name}.log", around.project)


def told(replica: Replica, around: Surroundings) -> dict[str, str]:
    """Return the settings of a replica, as `libs.events.settings` reads them."""
    return {
        "BIHUAN_POSTGRES_DSN": around.dsn[replica.stage],
        "BIHUAN_KAFKA_BOOTSTRAP": around.bootstrap,
        "BIHUAN_HOST": LOOPBACK,
        "BIHUAN_PORT": str(replica.port),
        "BIHUAN_REPLICA": str(replica.number),
        "BIHUAN_JWKS_FILE": str(around.keys.jwks),
        "BIHUAN_SEALING_KEY_FILE": str(around.keys.sealing),
        "BIHUAN_CLOCK": around.clock,
        "BIHUAN_DEPLOYMENT": os.environ.get("BIHUAN_DEPLOYMENT", "local"),
        # On the loopback address the pages are for whoever sits at the machine.
        "BIHUAN_OPEN_PAGES": os.environ.get("BIHUAN_OPEN_PAGES", "1"),
    }


def fingerprint(replica: Replica, around: Surroundings) -> str:
    """Return a digest of the settings; a replica that runs with another was told something outdated."""
    return hashlib.sha256(json.dumps(told(replica, around), sort_keys=True).encode()).hexdigest()[:16]


def is_ready(port: int, timeout: float = 2.0) -> bool:
    """Say whether the service on the port calls itself ready: `GET /readyz` answers 200 in time."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def parse_counts(texts: list[str], what: str, most: int) -> dict[str, int]:
    """Read `stage=number` options such as `--replicas dispatch=3`. Raises `Problem` for any other text."""
    counts = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not number.isdecimal() or int(number) > most:
            raise Problem(
                f"--{what} {text} is not understood.", f"Write --{what} dispatch=3 (at most {most})."
            )
        counts[name] = int(number)
    return counts


def check_stages(names: list[str]) -> None:
    """Raise `Problem` when a name is no stage."""
    for name in names:
        if name not in STAGES:
            raise Problem(f"There is no stage {name}.", f"The stages are {', '.join(STAGES)}.")
