"""The whole system in one process, from one integer: stages, metrics, log, people, and what goes wrong."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from structlog.testing import capture_logs

from libs.events.envelope import EVENT_NAMESPACE
from libs.events.inbox import Inbox
from libs.events.outbox import Relay
from libs.events.reactions import Reactions
from libs.events.recording import Origin
from libs.events.stage import TOPIC_PREFIX, Stage
from libs.events.store import OutboxRecord
from services.dispatch.app import stage as dispatch
from services.intake.app import stage as intake
from services.mediation.app import stage as mediation
from tests.simulation import virtual
from tests.simulation.chance import Chance
from tests.simulation.database import Database, Figures, Projected
from tests.simulation.illness import NOISE, Ailing, look_after
from tests.simulation.log import FakeGroup, FakeLog, FakeLoop
from tests.simulation.people import Attempt, Client
from tests.simulation.virtual import wall_clock

STAGES: dict[str, Stage] = {stage.name: stage for stage in (intake, dispatch, mediation)}
METRICS = "metrics"
DEAD_LETTERS = "case.dead-letter"
LARGEST_BATCH = 4
QUIET_SECONDS = 300.0
LONGEST_LIFE = 2000.0


@dataclass(eq=False)
class Replica:
    """One process of a service: a consumer, and in a stage a relay."""

    loop: FakeLoop
    relay: Relay | None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self.tasks = [asyncio.create_task(self.loop.run())]
        if self.relay is not None:
            self.tasks.append(asyncio.create_task(self.relay.run()))

    async def kill(self) -> None:
        """As `kill -9`: whatever is in its hands is gone, wherever it was."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def stop(self) -> None:
        """As SIGTERM."""
        await self.loop.stop()
        if self.relay is not None:
            self.relay.stop()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@dataclass
class Crew:
    """A stage or metrics, with any number of replicas on one database."""

    name: str
    store: Database
    effects: Ailing
    group: FakeGroup
    log: FakeLog
    chance: Chance
    replicas: list[Replica] = field(default_factory=list)
    gone: list[Replica] = field(default_factory=list)
    repaired: int = 0
    """Records that a release could not read until it was repaired."""

    def start(self) -> Replica:
        inbox: Inbox[Any] = Inbox(self.store, self.effects, TOPIC_PREFIX, clock=wall_clock)
        loop = FakeLoop(self.log, self.group, inbox, self.chance)
        replica = Replica(loop, self._relay())
        replica.start()
        self.replicas.append(replica)
        return replica

    async def look_after(self) -> None:
        """Somebody looks at what was set aside, and decides."""
        self.repaired += await look_after(self.store, self.effects)

    def _relay(self) -> Relay | None:
        if self.name not in STAGES:
            return None
        relay = Relay(self.store, self.log.publish, limit=LARGEST_BATCH, rest=self.chance.rest)
        self.store.on_commit = relay.wake
        return relay

    async def lose(self, replica: Replica, how: str) -> None:
        """One replica leaves by force, by request, or only in the eyes of the group (a zombie)."""
        self.replicas.remove(replica)
        self.gone.append(replica)
        if how == "stopped":
            await replica.stop()
        elif how == "killed":
            await replica.kill()
            await self.chance.pause(3.0)  # until the group notices
        self.group.leave(replica.loop)

    def failures(self) -> list[BaseException]:
        """What ended a part that nobody had asked to end."""
        tasks = [task for replica in (*self.replicas, *self.gone) for task in replica.tasks]
        ended = [task.exception() for task in tasks if task.done() and not task.cancelled()]
        return [failure for failure in ended if failure is not None]

    async def end(self) -> None:
        for replica in (*self.replicas, *self.gone):
            await replica.kill()


class World:
    """Everything that lives in one run."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed)
        self.log = FakeLog(self.chance)
        self.services = {name: self._service(name) for name in (*STAGES, METRICS)}
        self.matters = [uuid5(EVENT_NAMESPACE, f"{seed}/{number}") for number in range(4)]
        stores = {name: service.store for name, service in self.services.items()}
        self.clients = [Client(f"c{number}", STAGES, stores, self.chance) for number in range(3)]
        self.noise: list[UUID] = []
        self.calm = self.stuck = False

    def _service(self, name: str) -> Crew:
        origin = Origin(f"/bihuan/simulated/{name}", f"case.{name}", DEAD_LETTERS)
        if name == METRICS:
            store: Database = Figures(origin, self.chance)
            effects: Any = Projected()
            topics: Sequence[str] = list(TOPIC_PREFIX)
        else:
            stage = STAGES[name]
            store, topics = Database(origin, self.chance), list(stage.listens_to)
            effects = Reactions(stage.decider, stage.listens_to)
        group = self.log.group(name, topics)
        return Crew(name, store, Ailing(effects, self.chance), group, self.log, self.chance)

    @property
    def journal(self) -> list[Attempt]:
        return [attempt for client in self.clients for attempt in client.journal]

    @property
    def figures(self) -> Figures:
        store = self.services[METRICS].store
        assert isinstance(store, Figures)
        return store

    async def live(self) -> None:
        """People and troubles, then calm until everybody has heard everything."""
        for service in self.services.values():
            service.start()
        trouble = asyncio.create_task(self._trouble())
        await asyncio.gather(*(client.live(self.matters, 14) for client in self.clients))
        self.calm = True
        await trouble
        self.chance.calm()
        await self._heal()
        await self.log.landed()
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                await self._quiet()
        for service in self.services.values():
            await service.end()

    async def _trouble(self) -> None:
        while not self.calm:
            await self.chance.pause(1.2)
            service = self.chance.one_of(list(self.services.values()))
            troubles = ("replica", "rebalance", "session", "noise", "operator")
            await self._befall(service, self.chance.one_of(troubles))

    async def _befall(self, service: Crew, what: str) -> None:
        if what == "replica" and (len(service.replicas) > 1 or self.chance.happens(0.5)):
            how = self.chance.one_of(("killed", "stopped", "zombie"))
            await service.lose(self.chance.one_of(service.replicas), how)
            if not service.replicas:
                service.start()
        elif what == "replica":
            service.start()
        elif what == "rebalance":
            service.group.rebalance()
        elif what == "session":
            service.store.terminate_sessions()
        elif what == "operator":
            await service.look_after()
        elif self.chance.happens(self.chance.troubles.noise * 4):
            self._shout()

    def _shout(self) -> None:
        """Bytes that are no event, in the way of a matter or under a key that nobody asked about."""
        stranger = uuid5(EVENT_NAMESPACE, f"noise {len(self.noise)}")
        matter = self.chance.one_of([stranger, *self.matters])
        self.noise.append(matter)
        topic = self.chance.one_of(sorted(TOPIC_PREFIX))
        self.log.append(OutboxRecord(0, topic, str(matter).encode(), NOISE))

    async def _heal(self) -> None:
        for service in self.services.values():
            if not service.replicas:
                service.start()

    async def _quiet(self) -> None:
        while self.unrest():
            for service in self.services.values():
                await service.look_after()
            await self.chance.pause(2.0)

    def unrest(self) -> list[str]:
        """What still has to be published, consumed, or decided."""
        found = []
        for name, service in self.services.items():
            if service.name in STAGES and service.store.outbox:
                found.append(f"{name}: {len(service.store.outbox)} rows wait to be published")
            for topic in service.group.topics:
                for number in range(self.log.partitions):
                    stored = service.store.stored_now(topic, number)
                    if stored < len(self.log.read(topic, number)):
                        found.append(f"{name}: {topic}/{number} stands at {stored}")
            found += [f"{name}: {row.stream} waits: {row.reason}" for row in service.store.waiting_records()]
        return found


def simulate(seed: int) -> World:
    """Everything that happens under this seed; the same world for the same seed."""
    world = World(seed)
    with capture_logs():
        virtual.run(_bounded(world))
    return world


async def _bounded(world: World) -> None:
    """A run that hangs is a finding and no endless test."""
    try:
        async with asyncio.timeout(LONGEST_LIFE):
            await world.live()
    except TimeoutError:
        world.stuck = True
