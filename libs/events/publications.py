"""What intake published of reference data, read from its event table: the truth, whatever Kafka has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.events.codec import decode
from libs.events.contracts.reference import EditionPublished
from libs.events.envelope import Envelope
from libs.events.postgres.session import Guards, connected
from libs.events.reference import learn
from libs.reference import Library

# A literal pattern: then the index of the streams serves where texts are ordered by their bytes.
_PUBLISHED = "SELECT record FROM events WHERE stream LIKE 'reference-%' ORDER BY position"
_GUARDS = Guards("publications", deadline=60.0, statement=60.0)


@dataclass(frozen=True)
class Publications:
    """Every edition, and when each was published by the clock of the business."""

    library: Library
    at: Mapping[str, datetime]


async def published(dsn: str) -> Publications:
    """Read them all. Raises Unavailable, Undecodable, ContentDiffers and EditionDiffers."""
    async with connected(dsn, _GUARDS) as connection:
        rows = await connection.fetch(_PUBLISHED)
    return shelved([decode(row["record"]) for row in rows])


def shelved(events: list[Envelope]) -> Publications:
    """The publications that these events tell of, in their order."""
    library = Library()
    for event in events:
        learn(library, event.data)
    at = {it.data.edition: it.cause.at for it in events if isinstance(it.data, EditionPublished)}
    return Publications(library, at)
