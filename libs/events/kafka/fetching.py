"""Fetches that name only what has changed since the one before (KIP-227), as every Java consumer sends them.

aiokafka 0.14 names every partition in every fetch, and the broker every partition in every answer. For a
member with thirty-six of them, of which one has a record, that was a third of its processor time and half of
the broker's. The broker remembers the rest of the request in a session; where it has none for us, or
forgot it, everything is named again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.protocol.fetch import FetchRequest

from libs.events.reading import Partition

Place = tuple[int, int]
"""Offset and most bytes."""
Topics = list[tuple[str, list[tuple[int, int, int]]]]

FIRST_EPOCH, LAST_EPOCH = 1, 2**31 - 1
SESSIONS_SINCE = 7
"""The version of the request that knows sessions."""


@dataclass(slots=True)
class Remembered:
    """What a broker remembers of our fetches. `id` 0: nothing yet, the next one asks for a session."""

    id: int = 0
    epoch: int = 0
    places: dict[Partition, Place] = field(default_factory=dict)

    def accepted(self, id_: int, places: dict[Partition, Place]) -> None:
        """The broker answered; now it knows these. `id_` 0: it remembers nothing."""
        if id_ == 0:
            self.id, self.epoch, self.places = 0, 0, {}
            return
        self.epoch = FIRST_EPOCH if self.id != id_ or self.epoch == LAST_EPOCH else self.epoch + 1
        self.id, self.places = id_, places


@dataclass(frozen=True, slots=True)
class IncrementalFetch:
    """A fetch inside a session, as a connection takes it."""

    whole: Any
    wanted: Mapping[Partition, Place]
    session: Remembered

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> Any:
        """What is sent to a broker of these versions; one that knows no sessions is asked for everything."""
        whole, known = self.whole, self.session.places
        _, newest = versions.get(FetchRequest.API_KEY, (0, 0))
        if newest < SESSIONS_SINCE:
            return whole.prepare(versions)
        changed = by_topic((at, place) for at, place in self.wanted.items() if known.get(at) != place)
        limits = whole._max_wait_ms, whole._min_bytes, whole._max_bytes, whole._isolation_level
        request = FetchRequest(*limits, changed, whole._rack_id).prepare(versions)
        request.session_id, request.session_epoch = self.session.id, self.session.epoch
        gone = (at for at in known if at not in self.wanted)
        request.forgotten_topics_data = [(topic, [number]) for topic, number in gone]
        return request


class FetchingClient:
    """A client whose fetches are incremental; everything else is the client's own."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sessions: dict[int, Remembered] = {}

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """A whole answer has every partition; this one those with news. Raises what the client raises."""
        if not isinstance(request, FetchRequest):
            return await self._client.send(node_id, request, **options)
        wanted = {(topic, each[0]): each[1:] for topic, places in request.topics for each in places}
        # Away while the answer is: whatever goes wrong, the next fetch names everything again.
        session = self._sessions.pop(node_id, None) or Remembered()
        answer = await self._client.send(node_id, IncrementalFetch(request, wanted, session), **options)
        if getattr(answer, "error_code", 0):
            fresh = Remembered()
            answer = await self._client.send(node_id, IncrementalFetch(request, wanted, fresh), **options)
            session = fresh
        session.accepted(getattr(answer, "session_id", 0), wanted)
        self._sessions[node_id] = session
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def by_topic(places: Iterable[tuple[Partition, Place]]) -> Topics:
    """As a fetch names them."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for (topic, number), place in places:
        found.setdefault(topic, []).append((number, *place))
    return list(found.items())


def fetch_incrementally(consumer: Any) -> None:
    """From now on, for a consumer that was started. It leans on the insides of the pinned client."""
    consumer._fetcher._client = FetchingClient(consumer._fetcher._client)
