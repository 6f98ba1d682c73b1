"""A member of a group as a process of its own; its arguments are bootstrap, topic, DSN, and a folder.

While the folder holds `closed`, a batch that was fetched waits at the door of the inbox.
"""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from libs.events.errors import Fenced
from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop
from libs.events.postgres import PostgresStore
from libs.events.reading import Partition, Record
from libs.events.recording import Origin
from tests.conformance.arrivals import Offers
from tests.integration.kafka.traffic import group
from tests.waiting import until

CLOSED, AT_THE_DOOR, REFUSED = "closed", "at-the-door", "refused"
OPENED_WITHIN = 120.0


class Door:
    """An inbox behind a door that a test closes and opens; it leaves word of what happened there."""

    def __init__(self, inbox: Inbox[Any], folder: Path) -> None:
        self._inbox, self._folder = inbox, folder

    async def claim(self, partitions: Iterable[Partition], generation: int) -> Mapping[Partition, int]:
        return await self._inbox.claim(partitions, generation)

    async def receive(self, batch: Sequence[Record]) -> None:
        await until(self._open, OPENED_WITHIN)
        try:
            await self._inbox.receive(batch)
        except Fenced as refusal:
            (self._folder / REFUSED).write_text(str(refusal))
            raise

    async def _open(self) -> bool:
        closed = (self._folder / CLOSED).exists()
        if closed:
            (self._folder / AT_THE_DOOR).touch()
        return not closed

    async def replay(self) -> int:
        return await self._inbox.replay()


async def main(bootstrap: str, topic: str, dsn: str, folder: str) -> None:
    store = PostgresStore(dsn, Origin("/bihuan/test/mediation", "case.mediation"))
    inbox: Inbox[Any] = Inbox(store, Offers(), {topic: "report"})
    await ConsumerLoop(group(bootstrap, topic), Door(inbox, Path(folder))).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
