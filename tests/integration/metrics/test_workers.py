"""One process of a rebuild, without the process: what it holds while it works."""

import gc
import os
from collections.abc import Callable, Sequence

from libs.events.kafka import end_offsets
from libs.events.postgres import PostgresStore
from services.metrics import fresh
from services.metrics.decisions import Decisions
from services.metrics.folding import Folder
from services.metrics.workers import Desk, Job, News, fold_jobs
from tests.integration.metrics.log import written
from tests.integration.metrics.test_rebuild import records

PARTITIONS = 3


class Given:
    """Jobs one after the other, and how many folders there are whenever one is asked for."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._left = list(jobs)
        self.alive: list[int] = []

    def get(self, timeout: float) -> Job | None:
        """None behind the last one: it is the end of the process."""
        assert timeout
        self.alive.append(folders())
        return self._left.pop() if self._left else None


def folders() -> int:
    return sum(isinstance(one, Folder) for one in gc.get_objects())


class Told:
    """Hears what the process tells, and how many folders there are meanwhile."""

    def __init__(self) -> None:
        self.alive: set[int] = set()

    def put(self, _news: News) -> None:
        self.alive.add(folders())


async def test_a_partition_that_is_written_is_let_go_of_before_the_next_is_folded(
    kafka_bootstrap: str, topics: Callable[..., str], dsn: str, store: PostgresStore
) -> None:
    log = written(kafka_bootstrap, topics, PARTITIONS)
    await log.publish([found for number in range(30) for found in records(number)])
    ends = await end_offsets(kafka_bootstrap, list(log.log.topics))
    parts = [{at: end for at, end in ends.items() if at[1] == number} for number in range(PARTITIONS)]
    async with store.use() as connection:
        await fresh.create(connection)
    given, told, before = Given([Job(n, end, Decisions()) for n, end in enumerate(parts)]), Told(), folders()
    await fold_jobs(Desk(os.getppid(), given, told), dsn, log.log)
    assert given.alive == [before] * (PARTITIONS + 1)
    assert told.alive <= {before, before + 1}
    async with store.use() as connection:
        assert await connection.fetchval("SELECT count(*) FROM matters_next") == 30
