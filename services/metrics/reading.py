"""What the runtime asks of the read model, and what the routes find behind them."""

from dataclasses import dataclass, field

from libs.events.postgres import PostgresStore
from services.metrics.projections import Projection
from services.metrics.queries import Questions


@dataclass(frozen=True, slots=True)
class Reading:
    """The read model over one database. `open_pages`: the pages ask for no token."""

    questions: Questions
    open_pages: bool = False
    effects: Projection = field(default_factory=Projection)

    async def newest(self, stream: str) -> int:
        """The newest version of a stream that reads reflect; 0 when none."""
        return await self.questions.version(stream)


def over(store: PostgresStore, *, open_pages: bool = False) -> Reading:
    """The read model in the store's database."""
    return Reading(Questions(store.use), open_pages)
