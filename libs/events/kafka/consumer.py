"""The consumer loop: one client after another, for as long as the process lives (reliability 1.5)."""

import asyncio
import time
from contextlib import suppress

import structlog
from aiokafka.errors import KafkaError

from libs.events.background import Fatal
from libs.events.clock import Clock, jittered, system_clock
from libs.events.kafka.calm import cancelled_from_outside, quieten, reachable
from libs.events.kafka.group import Group, Receiver, fenced_by_name
from libs.events.kafka.progress import Progress
from libs.events.kafka.session import DRAIN_SECONDS, Session, Silent
from libs.events.meters import Lag
from libs.events.reading import Partition

log = structlog.get_logger("consumer")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
GRACE = 15.0
"""Seconds without partitions, broker or database before this member says it is not ready."""
REBUILDS = 3
"""How often in a row a silent client is replaced before the process gives up."""


class ConsumerLoop:
    """Feeds a receiver from a group's topics: in order, from the stored offsets, one batch at a time.

    `run` survives the absence of Kafka and of the database. It raises Fatal when the process must end:
    another one took its name, or the client stays silent however often it is replaced.
    """

    def __init__(self, group: Group, receiver: Receiver, *, clock: Clock = system_clock) -> None:
        self._group = group
        self._receiver = receiver
        self._clock = clock
        self._progress = Progress()
        self._session: Session | None = None
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._claimed = False
        self._well = time.monotonic()
        self._silences = 0

    async def run(self) -> None:
        """Consume until stopped. Raises Fatal."""
        quieten()
        pause = FIRST_PAUSE
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                await self._live()
                pause = FIRST_PAUSE if time.monotonic() - began > GRACE else min(2 * pause, LONGEST_PAUSE)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), jittered(pause))
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Finish the batch at hand and leave; safe to call twice or early."""
        self._stopping.set()
        if self._session is not None:
            await self._stopped.wait()

    async def _live(self) -> None:
        """One session, from joining the group until it fails or is stopped."""
        if not await reachable(self._group.bootstrap):
            return
        self._session = session = Session(self._group, self._receiver, self._progress)
        try:
            await self._until_stopped(session)
        except (KafkaError, OSError) as failure:
            if fenced_by_name(failure):
                raise self._usurped() from failure
            log.warning("session.failed", why=type(failure).__name__)
        except Silent as silence:
            self._silent(silence)
        finally:
            await session.close()

    async def _until_stopped(self, session: Session) -> None:
        """Work until stopped; then let the batch at hand end and drop what was only fetched."""
        work = asyncio.create_task(self._work(session))
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS), session.busy:
                    work.cancel()
            work.cancel()  # also when the batch at hand took too long: it rolls back
            with suppress(asyncio.CancelledError):
                await work
        finally:
            work.cancel()
            stop.cancel()

    async def _work(self, session: Session) -> None:
        try:
            await session.open()
            while True:
                await session.turn()
                self._look_at(session)
        except asyncio.CancelledError:
            if session.membership.usurped:
                raise self._usurped() from None
            if cancelled_from_outside():
                raise
            raise Silent("the client was cancelled from within") from None

    def _usurped(self) -> Fatal:
        return Fatal(f"another process is {self._group.instance} of {self._group.name}")

    def _look_at(self, session: Session) -> None:
        if session.adopted and not session.resting:
            self._claimed, self._well = True, time.monotonic()

    def _silent(self, silence: Silent) -> None:
        self._silences = 1 if self._progress.moved() else self._silences + 1
        log.error("session.silent", why=str(silence), times=self._silences)
        if self._silences > REBUILDS:
            raise Fatal(str(silence))

    @property
    def ready(self) -> bool:
        """Whether this member consumes; see `problem`."""
        return self.problem() is None

    def problem(self) -> str | None:
        """Why this member is not ready, in few words; None when it is."""
        session, now = self._session, time.monotonic()
        if session is None or not self._claimed:
            return "has no partitions yet"
        if session.halted:
            (topic, partition), reason = next(iter(session.halted.items()))
            return f"halted: {reason} at {topic}/{partition}"
        away = now - self._progress.contact > GRACE
        if now - self._well > GRACE:
            return session.resting or ("kafka" if away else "has no partitions")
        return "kafka" if away else None

    def lag(self) -> dict[Partition, Lag]:
        """Per partition of this member: records not applied, and seconds they have waited."""
        return self._progress.lag(self._clock().timestamp())
