"""The four services as processes on real servers, and people who may ask them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid5

from deploy.cities.pack import load
from deploy.demo.client import Client, Stages
from deploy.demo.live import Cast, cast
from deploy.demo.production import people
from deploy.demo.recipe import Recipe, recipe
from deploy.local import keys, ports, process, services
from deploy.local.process import Child
from deploy.local.services import STAGES, Replica, Surroundings
from deploy.local.wait import until
from libs.events.clock import new_id, system_clock
from libs.events.settings import Settings
from libs.events.tokens import Person, issue, signing_key

CITY = load("dawukou")
PLAN: Recipe = recipe(CITY)
CAST: Cast = cast(CITY, PLAN.live)
START_SECONDS = 60.0


@dataclass
class Installation:
    """Four services, each with a database of its own, around one broker."""

    around: Surroundings
    replicas: dict[str, Replica] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, *stages: str) -> None:
        """Start the services and return when all call themselves ready."""
        for stage in stages or STAGES:
            replica = self.replicas.setdefault(stage, Replica(stage, 0, ports.free()))
            self.children[stage] = process.spawn(services.program(replica, self.around))
        for stage in stages or STAGES:
            self.must_become_ready(stage)

    def must_become_ready(self, stage: str) -> None:
        port, child = self.replicas[stage].port, self.children[stage]
        settled = until(lambda: services.is_ready(port) or not process.alive(child), START_SECONDS, pause=0.1)
        assert settled, f"{stage} was not ready in time"
        assert process.alive(child), self.log(stage)[-4000:]

    def kill(self, stage: str) -> None:
        """As a power cut would end it."""
        process.kill(self.children.pop(stage))

    def stop(self) -> None:
        """All at once; each drains what it has begun."""
        children = [self.children.pop(stage) for stage in list(self.children)]
        with ThreadPoolExecutor(len(children) or 1) as beside:
            list(beside.map(process.stop, children))

    def log(self, stage: str) -> str:
        file = self.around.logs / f"{stage}-0.log"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def url(self) -> Mapping[str, str]:
        return {stage: replica.url for stage, replica in self.replicas.items()}

    def token(self, user: str) -> str:
        person = next(person for person in CITY.people if person.user == user)
        key = signing_key(self.around.keys.signing.read_text(encoding="ascii"))
        holder = Person(user, person.org, person.roles, CITY.city.jurisdiction)
        return issue(holder, key, Settings(), now=system_clock())

    def client(self, traceparent: str | None = None) -> Client:
        tokens = {user: self.token(user) for user in people(CITY, PLAN)}
        return Client(Stages(self.url, tokens), f"e2e/{new_id()}", traceparent)


def installation(
    folder: Path, bootstrap: str, databases: Mapping[str, str], prefix: str = ""
) -> Installation:
    """Not started yet. `databases` gives each stage an empty database of its own.

    `prefix` stands before the name of every topic and group.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = {"BIHUAN_E2E": str(uuid5(new_id(), "e2e")), "BIHUAN_KAFKA_PREFIX": prefix}
    return Installation(Surroundings(bootstrap, databases, keys.ensure(folder), mark, folder / "logs"))
