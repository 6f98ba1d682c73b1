"""How many records may be set aside before somebody must look (reliability 1.4).

Without a limit a dead-letter queue swallows everything: a wrong release parks every record and looks healthy.
"""

from collections import deque
from dataclasses import dataclass, field

CONSECUTIVE = 1000
WINDOW = 1000
SHARE = 0.01


@dataclass
class Budget:
    """Stops at more than 1000 records parked in a row, or more than 1 % of the last thousand."""

    _window: deque[tuple[int, int]] = field(default_factory=deque)
    _seen: int = 0
    _parked: int = 0
    _row: int = 0

    def allows(self, seen: int, parked: int) -> bool:
        """Count a batch: records received, and those set aside for a reason of their own."""
        self._row = self._row + parked if parked == seen else 0
        self._window.append((seen, parked))
        self._seen, self._parked = self._seen + seen, self._parked + parked
        while self._seen - self._window[0][0] >= WINDOW:
            gone, gone_parked = self._window.popleft()
            self._seen, self._parked = self._seen - gone, self._parked - gone_parked
        return self._row <= CONSECUTIVE and not (self._seen >= WINDOW and self._parked > SHARE * self._seen)
