"""Services that cannot read a record, and operators who repair them and decide about what was set aside."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from libs.events import deadletter
from libs.events.errors import ConcurrencyConflict, Unavailable, Undecodable
from libs.events.lanes import SOFT
from libs.events.store import Parked
from tests.simulation.chance import Chance
from tests.simulation.database import Database

NOISE = b"{"
"""What no release will ever read."""


class Ailing:
    """Effects of a release with a mistake: for some records it takes sound bytes for broken ones."""

    def __init__(self, effects: Any, chance: Chance) -> None:
        self.unknown = effects.unknown
        self.healthy = effects
        self._chance = chance
        self._readable: dict[bytes, bool] = {}

    def decode(self, record: bytes) -> Any:
        """Raises Undecodable for the same records until it is repaired."""
        event = self.healthy.decode(record)
        if not self._readable.setdefault(record, not self._chance.happens(self._chance.troubles.illness)):
            raise Undecodable("data")
        return event

    def repair(self) -> int:
        """A better release: everything can be read now. How many records could not."""
        ill = [record for record, readable in self._readable.items() if not readable]
        self._readable.update(dict.fromkeys(ill, True))
        return len(ill)

    async def applied(self, tx: Any, streams: Sequence[str]) -> dict[str, int]:
        versions: dict[str, int] = await self.healthy.applied(tx, streams)
        return versions

    async def apply(self, tx: Any, events: Sequence[Any]) -> None:
        await self.healthy.apply(tx, events)


async def look_after(store: Database, effects: Ailing) -> int:
    """An operator repairs the service, discards rubbish, and has everything else read again."""
    repaired = effects.repair()
    with suppress(Unavailable, ConcurrencyConflict):  # he will look again
        for row in await deadletter.listed(store, ("PENDING",)):
            await _decide(store, row)
    return repaired


async def _decide(store: Database, row: Parked) -> None:
    place = deadletter.place_of(row)
    with suppress(deadletter.NotParked):  # what was in front of it has taken it along
        if row.record == NOISE:
            await deadletter.discard(store, place, "operator", "rubbish")
        elif row.reason not in SOFT:
            await deadletter.request_replay(store, place, "operator", "repaired")
