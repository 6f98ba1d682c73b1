"""Reference data published as intake does: into its database, and by a relay on to the topic."""

from typing import Any

from libs.events.kafka import Producer
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.reference import Notice
from libs.events.reference import publish as store_edition
from libs.events.schema import upgrade

__all__ = ["Notice", "publish"]


async def publish(where: tuple[str, str, str], tables: Any, header: Any, notice: Notice) -> int:
    """Publish an edition at a database, a broker and a prefix of topics; how many records there are then."""
    dsn, bootstrap, prefix = where
    await upgrade(dsn)
    branch = ("reference-", f"{prefix}case.reference")
    store = PostgresStore(dsn, Origin("/bihuan/bench/intake", f"{prefix}case.intake", branch=branch))
    producer = Producer(bootstrap)
    try:
        await store_edition(store, tables, header, notice)
        while await Relay(store, producer.publish).relay_once():
            pass
        async with store.use() as connection:
            known: int = await connection.fetchval("SELECT count(*) FROM events")
    finally:
        await producer.stop()
        await store.close()
    return known
