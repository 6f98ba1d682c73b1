"""Processes that fold whole partitions, each with a core of its own, as long as there are partitions left."""

import asyncio
import gc
import multiprocessing
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from libs.events.errors import BihuanError
from libs.events.kafka import PartitionReader, reading
from libs.events.postgres.session import Connection, Guards, committed, connected
from services.metrics.copying import copy, pack_instants
from services.metrics.decisions import Decisions
from services.metrics.folding import Folder, Log, Source
from services.metrics.fresh import FRESH
from services.metrics.standing import Standing, store

GUARDS = Guards("rebuild", deadline=3600.0, lock=60.0, statement=3600.0)
"""A COPY or an index of millions of rows takes its time."""
FOLDING = replace(GUARDS, durable=False)
"""A partition lost in a crash is lost with its standing, so it is only folded again; the swap is durable."""
PATIENCE = 0.5
"""Seconds between two looks at whether the processes still live."""


GENTLE = 10
"""How much a folding process steps back; on an idle machine it makes no difference."""
TRIES = 20
"""How often its session is asked to do so, too."""


class WorkerFailed(BihuanError):
    """A process of the rebuild ended before its work did."""


@dataclass(frozen=True)
class Job:
    """One partition number of every topic, to be folded up to the offsets of `end`."""

    partition: int
    end: Mapping[Source, int]
    decisions: Decisions

    def size(self) -> int:
        """Records to be folded."""
        return sum(self.end.values())


class News(NamedTuple):
    """What a process tells: records folded, a partition done, or what went wrong."""

    events: int = 0
    done: int | None = None
    failed: str | None = None


class Workers:
    """The processes. They are made before anything else, so that they inherit no connection and no thread."""

    def __init__(self, count: int, dsn: str, log: Log) -> None:
        alone = threading.active_count() == 1 and sys.platform == "linux"
        context: Any = multiprocessing.get_context("fork" if alone else "spawn")
        self._jobs: Any = context.Queue()
        self._news: Any = context.Queue()
        self._processes: Sequence[BaseProcess] = [
            context.Process(
                target=_work, args=(Desk(os.getpid(), self._jobs, self._news), dsn, log), daemon=True
            )
            for _ in range(count)
        ]

    @contextmanager
    def running(self) -> Iterator["Workers"]:
        """Start them; whatever happens, none is left at the end."""
        gc.freeze()
        for process in self._processes:
            process.start()
        gc.unfreeze()
        try:
            yield self
        finally:
            self._stop()

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
            process.join()
        for channel in (self._jobs, self._news):
            channel.cancel_join_thread()
            channel.close()

    async def fold(self, jobs: Sequence[Job], told: Any) -> None:
        """Have the jobs done; `told` hears the number of records as they are folded. Raises WorkerFailed."""
        for job in jobs:
            self._jobs.put(job)
        left = len(jobs)
        while left:
            news = await asyncio.to_thread(self._next)
            if news.failed is not None:
                raise WorkerFailed(news.failed)
            told(news.events)
            left -= news.done is not None

    def _next(self) -> News:
        while True:
            with suppress(queue.Empty):
                news: News = self._news.get(timeout=PATIENCE)
                return news
            dead = [process.exitcode for process in self._processes if process.exitcode is not None]
            if dead:
                return News(failed=f"a process of the rebuild ended with {dead[0]}")


@dataclass(frozen=True)
class Desk:
    """Where a process finds its work and tells of it; `parent` is who started it."""

    parent: int
    jobs: Any
    news: Any

    def next(self) -> Job | None:
        """The next job; None once nobody is there to give one."""
        while os.getppid() == self.parent:
            with suppress(queue.Empty):
                job: Job = self.jobs.get(timeout=PATIENCE)
                return job
        return None


def _work(desk: Desk, dsn: str, log: Log) -> None:
    """The life of one process: no garbage collection, because folding makes no cycles.

    It gives way to everything else on the machine: readers are served while it works (reliability R5).
    """
    gc.freeze()
    gc.disable()
    os.nice(GENTLE)
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_fold_all(desk, dsn, log))
        except BihuanError as error:
            desk.news.put(News(failed=str(error) or type(error).__name__))


async def _step_back() -> None:
    """Linux shares the processors among sessions before it looks at niceness within one.

    So the process begins a session of its own, and that one steps back as well.
    """
    with suppress(OSError):  # another system, or one that does not tell sessions apart
        os.setsid()
        for _ in range(TRIES):
            with suppress(BlockingIOError):  # ordinary users may do this ten times a second, all together
                _session_steps_back()
                return
            await asyncio.sleep(0.1)


def _session_steps_back() -> None:
    Path("/proc/self/autogroup").write_text(str(GENTLE))


async def _fold_all(desk: Desk, dsn: str, log: Log) -> None:
    await _step_back()
    await fold_jobs(desk, dsn, log)


async def fold_jobs(desk: Desk, dsn: str, log: Log) -> None:
    """One client and one connection for all jobs, made while the first of them is still being prepared."""
    async with reading(log.bootstrap) as reader, connected(dsn, FOLDING) as connection:
        await pack_instants(connection)
        while job := desk.next():
            # No name for what was folded: it would keep one partition in memory while the next is folded.
            await _keep(job, await _folded(job, log, reader, desk.news), connection)
            desk.news.put(News(done=job.partition))


async def _folded(job: Job, log: Log, reader: PartitionReader, news: Any) -> Folder:
    folder = Folder(log.topics, job.decisions)
    for topic in log.topics:
        source = topic, job.partition
        async for messages in reader.pages(*source, 0, job.end.get(source, 0)):
            folder.take(source, messages)
            news.put(News(len(messages)))
    return folder


async def _keep(job: Job, folder: Folder, connection: Connection) -> None:
    matters, left = folder.finish()
    standing = Standing(dict(job.end), left, folder.events)
    async with committed(connection):
        await copy(connection, matters, FRESH)
        await store(connection, [(job.partition, standing)])
