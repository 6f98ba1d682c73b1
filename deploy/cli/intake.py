"""Intake's database from the command line: what it published of reference data, and publishing more."""

import asyncio
from dataclasses import dataclass

from deploy.local import addresses, paths
from libs.events.postgres import PostgresStore
from libs.events.publications import Publications, published
from libs.events.recording import Origin
from libs.events.reference import Notice, Published, publish
from libs.events.settings import Settings
from libs.reference import Header, Tables


@dataclass(frozen=True)
class Source:
    """The database of intake, which publishes; None: that of the local stack."""

    dsn: str | None = None

    @property
    def address(self) -> str:
        """Raises Problem when nothing runs here."""
        return self.dsn or addresses.of_running(paths.resolve()).dsn["intake"]

    def read(self) -> Publications:
        """Every published edition. Raises BihuanError and Problem."""
        return asyncio.run(published(self.address))

    def publish(self, tables: Tables, header: Header, notice: Notice) -> Published:
        """Publish an edition. Raises PackRefused, EditionTaken, BihuanError and Problem."""
        return asyncio.run(_publish(self.address, tables, header, notice))


async def _publish(dsn: str, tables: Tables, header: Header, notice: Notice) -> Published:
    store = PostgresStore(dsn, _origin(Settings()))
    try:
        return await publish(store, tables, header, notice)
    finally:
        await store.close()


def _origin(settings: Settings) -> Origin:
    """The events are intake's own; its relay knows which of them go to `case.reference`."""
    return Origin(settings.source("intake"), settings.topic("case.intake"))
