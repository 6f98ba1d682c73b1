"""A member of a group as a process of its own; its arguments are bootstrap, topic and DSN."""

import asyncio
import sys

from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from tests.integration.kafka.traffic import group, loop_on


async def main(bootstrap: str, topic: str, dsn: str) -> None:
    store = PostgresStore(dsn, Origin("/bihuan/test/mediation", "case.mediation"))
    await loop_on(group(bootstrap, topic), store).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
