"""The city's reference data, published before anything happens, and known everywhere before it counts."""

from dataclasses import dataclass
from time import monotonic

from deploy.cities import grow
from deploy.cli.intake import Source
from deploy.demo.client import Client
from deploy.demo.production import Production
from libs.events.reference import Notice, Published

SHOWN = ("organisations", "grids", "people", "limits")


@dataclass(frozen=True)
class Rules:
    """The edition as it was published. `known`: how many there are now; `seconds`: what it took."""

    published: Published
    sizes: dict[str, int]
    known: int
    seconds: float

    def told(self) -> str:
        """One line about it."""
        sizes = ", ".join(f"{count:,} {table}" for table, count in self.sizes.items())
        how = "published" if self.published.new else "was published before"
        return f"{self.published.edition} {how}: {sizes}, {self.seconds:.1f} s"


def publish(production: Production, source: Source) -> Rules:
    """Grow the city's edition and publish it. Publishing it again changes nothing."""
    pack, began = production.pack, monotonic()
    grown, notice = grow.grow(pack.folder.name), Notice(pack.person("ADM").user, production.clock())
    published = source.publish(grown.tables, grown.header, notice)
    known = len(source.read().library.editions())
    sizes = {str(table): len(rows) for table, rows in grown.tables.items() if table in SHOWN}
    return Rules(published, sizes, known, monotonic() - began)


async def heard(production: Production, rules: Rules) -> None:
    """Returns when every service knows as many editions as there are. Raises RefusedError."""
    async with production.client() as client:
        for stage in production.stages.url:
            await _knows(client, stage, rules.known)


async def _knows(client: Client, stage: str, editions: int) -> None:
    await client.gauge(stage, "bihuan_editions_known", lambda value: value >= editions)
