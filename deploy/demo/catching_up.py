"""Waits until a reader has seen a whole import, by positions and never by time."""

from collections.abc import Iterable, Iterator

from deploy.demo.client import Client, RefusedError
from deploy.demo.live import DISPATCH, MEDIATION, METRICS
from deploy.demo.partitions import partition_of
from deploy.register.mapping import Kind
from deploy.register.run import NOUNS, Tally
from libs.events.register import matter_of_row

STAGES: dict[Kind, str] = {"case": DISPATCH, "dispute": MEDIATION}
PARTITIONS = 12
"""Of every stage topic (deploy/topics.yaml); a wrong number would only make the wait less exact."""
AT_ONCE = 8
"""Positions that one read may wait for."""


def last_matters(tally: Tally, source_system: str) -> list[str]:
    """The last matter of each partition in each of the batches that may have been stored last."""
    last: dict[tuple[int, int], str] = {}
    for batch in tally.last:
        for row in batch.rows:
            matter = str(matter_of_row(source_system, row.external_no))
            last[batch.index, partition_of(matter.encode(), PARTITIONS)] = matter
    return list(last.values())


async def imported(client: Client, kind: Kind, matters: Iterable[str], person: str) -> None:
    """Returns when metrics has applied every matter up to these; relays publish in order of storing."""
    stage = STAGES[kind]
    positions = [await client.position(stage, f"/v1/{NOUNS[kind]}/{matter}", person) for matter in matters]
    await applied(client, positions, person)


async def applied(client: Client, positions: Iterable[str], person: str) -> None:
    """Returns when metrics has applied all these positions. Raises RefusedError when it stands still."""
    for some in _chunks(list(positions)):
        await _reached(client, some, person)


async def _reached(client: Client, positions: list[str], person: str) -> None:
    """A long way is fine as long as metrics moves on it."""
    seen = -1
    while True:
        try:
            await client.read(METRICS, "/v1/matters", person, after=positions, limit=1)
        except RefusedError:
            now = await _consumed(client, person)
            if now == seen:
                raise
            seen = now
        else:
            return


async def _consumed(client: Client, person: str) -> int:
    """How many records metrics has applied, over all partitions."""
    answer = await client.read(METRICS, "/v1/indicators/CLOSE_RATE", person)
    return sum(offset for partitions in answer["as_of"].values() for offset in partitions.values())


def _chunks(positions: list[str]) -> Iterator[list[str]]:
    return (positions[start : start + AT_ONCE] for start in range(0, len(positions), AT_ONCE))
