"""Start order, supervision and graceful end of everything in a process that is not a request.

Start: the process answers at once; the schema is brought up to date, then relay and consumer begin, each
again and again until what it needs is there. End: consumer, relay, producer, store (reliability R12).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from libs.events.background import Background, LoopWatch
from libs.events.health import Health, Part
from libs.events.kafka import ConsumerLoop, Producer
from libs.events.meters import Vitals
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.schema import STAGE, upgrade
from libs.events.settings import Settings

CONSUMER_SECONDS, RELAY_SECONDS, PRODUCER_SECONDS = 8.0, 5.0, 2.0
MOST_PARKED = 1000


class Beside(Protocol):
    """A part of the process beside relay and consumer: what it knows, and what it does by itself."""

    async def prepare(self) -> None:
        """What must be there before requests may use the store. Raises Unavailable."""
        ...

    async def begin(self, background: Background) -> None:
        """Set itself going; returns when the consumer may begin."""
        ...

    async def end(self, background: Background) -> None:
        """Finish what is at hand."""
        ...

    def observe(self, health: Health) -> None:
        """Let readiness look at it."""
        ...

    async def vitals(self) -> Mapping[str, Any]:
        """What it adds to the vitals."""
        ...


@dataclass
class Machinery:
    """The moving parts of one process. A read-only service has no relay; every part may come late.

    `opened` is called once, when the schema is there and requests may use the store.
    """

    settings: Settings
    store: PostgresStore
    consumer: ConsumerLoop
    opened: Callable[[], None] = lambda: None
    migrations: str = STAGE
    producer: Producer | None = None
    relay: Relay | None = None
    beside: Sequence[Beside] = ()
    background: Background = field(default_factory=Background)
    watch: LoopWatch = field(default_factory=LoopWatch)
    revision: str | None = None

    async def start(self) -> None:
        """Set everything going; returns at once, whatever is away."""
        self.background.keep("loop", lambda: self.watch.watch(self.background.stopping))
        self.background.keep("start", self._begin)

    async def _begin(self) -> None:
        """Each line waits for the one before; Unavailable begins again."""
        self.revision = await upgrade(self.settings.postgres_dsn, self.migrations)
        for part in self.beside:
            await part.prepare()
        self.opened()
        if self.relay is not None and self.producer is not None:
            await self.producer.start()
            self.background.keep("relay", self.relay.run)
        for part in self.beside:
            await part.begin(self.background)
        self.background.keep("consumer", self.consumer.run)

    async def stop(self) -> None:
        """Finish what is at hand, in bounded time, and leave nothing behind."""
        self.background.stopping.set()
        await self.background.ended("start", 1.0)
        await self._stop_consumer()
        for part in self.beside:
            await part.end(self.background)
        if self.relay is not None:
            self.relay.stop()
            await self.background.ended("relay", RELAY_SECONDS)
        if self.producer is not None:
            await self.background.within("producer", self.producer.stop(), PRODUCER_SECONDS)
        await self.background.ended("loop", 1.0)
        await self.store.close()

    async def _stop_consumer(self) -> None:
        await self.background.within("consumer", self.consumer.stop(), CONSUMER_SECONDS)
        await self.background.ended("consumer", 1.0)

    def observe(self, health: Health) -> None:
        """Let readiness and meters look at every part."""
        health.checks["database"] = self._database
        health.checks["migrations"] = self._migrations
        health.checks["consumer"] = self._consumer
        if self.relay is not None:
            health.checks["relay"] = self._relay
        for part in self.beside:
            part.observe(health)
        health.vitals = self._vitals

    async def _database(self) -> Part:
        await self.store.ping()
        return Part(ok=True)

    async def _migrations(self) -> Part:
        return Part(ok=self.revision is not None, why=None if self.revision else "not applied yet")

    async def _consumer(self) -> Part:
        problem = self.consumer.problem() if self.background.running("consumer") else "does not run"
        return Part(ok=problem is None, why=problem)

    async def _relay(self) -> Part:
        """Whoever leads, a list that grows old means that nothing of this stage reaches the others."""
        if self.relay is None or not self.background.running("relay"):
            return Part(ok=False, why="does not run")
        age, bound = self.relay.oldest_age(), self.settings.stuck_after
        return Part(ok=age < bound, why=None if age < bound else "events wait too long to be published")

    async def _vitals(self) -> Vitals:
        relay = self.relay
        parked = None if self.revision is None else len(await self.store.parked("PENDING", MOST_PARKED))
        vitals = Vitals(
            outbox_depth=None if relay is None else relay.depth,
            outbox_age=None if relay is None else relay.oldest_age(),
            lag=self.consumer.lag(),
            parked=parked,
            loop_lag=self.watch.longest(),
        )
        for part in self.beside if self.revision else ():
            vitals = replace(vitals, **await part.vitals())
        return vitals
