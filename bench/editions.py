"""Two editions of a city, the second after a calendar notice, published to the services of a bench."""

import asyncio
import json
from typing import Any

from bench.assigned import by_reference
from bench.city import City
from bench.opened import START
from bench.publishing import Notice, publish
from deploy.cities.grow import calendar, grow
from libs.events.clock import DrillClock, system_clock
from libs.events.contracts import Event
from libs.reference import Revision, build_library

CITY = "dawukou"
BEFORE: dict[str, Any] = json.loads(calendar("cn"))
OLD, NEW = str(BEFORE["version"]), "cn-2026.bench"  # bench.recalculate looks for it
DAY_OFF = {"name": "bench", "from": "2026-03-09", "to": "2026-03-09", "days": 1}
AFTER = BEFORE | {
    "version": NEW,
    "notices": [*BEFORE["notices"], {"source": "bench", "holidays": [DAY_OFF]}],
}


class Editions:
    """Publishes to the topic that a city's services read."""

    def __init__(self, live: City) -> None:
        self._dsn, self._live = live.place.database(), live
        self._grown = grow(CITY)
        self._place = live.place

    def first(self) -> int:
        """The city's own edition; how many records there are then."""
        return self._publish(self._grown.tables, self._grown.header, None)

    def second(self) -> int:
        """The same by a calendar with one more day off, told as a notice."""
        record = json.dumps(AFTER, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        tables = {**self._grown.tables, "calendar": [{"record": record}]}
        version = f"{self._grown.header['version']}-b"
        header = {**self._grown.header, "version": version}
        return self._publish(tables, header, Revision(version, OLD, NEW, "bench"))

    def facts(self) -> tuple[Event, ...]:
        """A case just dispatched by the first edition."""
        return by_reference(build_library(self._grown.tables, self._grown.header))

    def _publish(self, tables: Any, header: Any, revision: Revision | None) -> int:
        where = (self._dsn, self._place.bootstrap, self._live.prefix)
        return asyncio.run(publish(where, tables, header, Notice("adm-001", START, revision=revision)))

    def close(self) -> None:
        """Remove intake's database."""
        self._place.drop(self._dsn)


def drill() -> str:
    """A clock that shows START now."""
    return str(DrillClock(START, system_clock()))
