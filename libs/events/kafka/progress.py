"""How far a member has come: lag for people and meters, stillness for the watchdog."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from libs.events.meters import Lag
from libs.events.reading import Partition


@dataclass(slots=True)
class Place:
    """One partition: the next offset to apply, the end of the log, and when that last moved."""

    next: int
    end: int = 0
    stamp: float = 0.0
    moved: float = field(default_factory=time.monotonic)
    committed: int = 0


class Progress:
    """The partitions of this member and how far each is."""

    def __init__(self) -> None:
        self._places: dict[Partition, Place] = {}
        self._moved = False
        self.contact = time.monotonic()

    def begin(self, starts: Mapping[Partition, int]) -> None:
        """These are the partitions from now on."""
        self._places = {partition: Place(start, start) for partition, start in starts.items()}

    def applied(self, partition: Partition, following: int, stamp: float) -> None:
        """Everything before offset `following` is applied; `stamp` is when it was written (Unix seconds)."""
        place = self._places[partition]
        place.next, place.end = following, max(place.end, following)
        place.stamp, place.moved = stamp, time.monotonic()
        self.contact = place.moved
        self._moved = True

    def ends(self, ends: Mapping[Partition, int]) -> None:
        """The broker told where the logs end. Stillness counts from when there is something to read."""
        self.contact = time.monotonic()
        for partition, end in ends.items():
            place = self._places.get(partition)
            if place is None:
                continue
            if end > place.next >= place.end:
                place.moved = self.contact
            place.end = end

    def rested(self, partitions: Iterable[Partition]) -> None:
        """Standing still was ours: the watchdog starts counting again."""
        for partition in partitions:
            self._places[partition].moved = time.monotonic()

    def still(self, seconds: float, excused: Iterable[Partition]) -> Sequence[Partition]:
        """Partitions with records to read from which none came for so long (aiokafka #1037, #703)."""
        before = time.monotonic() - seconds
        watched = self._places.keys() - set(excused)
        return sorted(p for p in watched if self._behind(self._places[p]) and self._places[p].moved < before)

    def _behind(self, place: Place) -> bool:
        return place.end > place.next

    def lag(self, now: float) -> dict[Partition, Lag]:
        """Records, and seconds since the last applied one was written; 0 where nothing waits."""
        return {
            partition: Lag(max(0, place.end - place.next), self._seconds(place, now))
            for partition, place in self._places.items()
        }

    def _seconds(self, place: Place, now: float) -> float:
        return max(0.0, now - place.stamp) if self._behind(place) and place.stamp else 0.0

    def moved(self) -> bool:
        """Whether anything was applied since this was last asked."""
        moved, self._moved = self._moved, False
        return moved

    def positions(self) -> dict[Partition, int]:
        """The next offset to apply, per partition."""
        return {partition: place.next for partition, place in self._places.items()}

    def uncommitted(self) -> dict[Partition, int]:
        """Positions that the group was not told yet; from now on it was."""
        changed = {p: place.next for p, place in self._places.items() if place.next > place.committed}
        for partition, position in changed.items():
            self._places[partition].committed = position
        return changed

    def partitions(self) -> frozenset[Partition]:
        """What this member is working on."""
        return frozenset(self._places)
