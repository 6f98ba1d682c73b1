"""A relay in a process of its own, to be killed: give it a DSN, a broker and a topic."""

import asyncio
import sys

from libs.events.kafka import Producer
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin


async def work(dsn: str, bootstrap: str, topic: str) -> None:
    """Publish until killed."""
    store = PostgresStore(dsn, Origin("/bihuan/test/mediation", topic))
    await Relay(store, Producer(bootstrap).publish, limit=50).run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:4]))
