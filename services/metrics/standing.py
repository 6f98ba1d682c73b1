"""How far a rebuild has come: per partition the next offsets, and the records that still wait.

It is stored with the rows it speaks of, so that an interrupted rebuild goes on where it stopped.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from libs.events.jsontext import from_json, to_json
from libs.events.postgres.session import Connection
from services.metrics.folding import Message, Source

_MODULES = ("deadlines.py", "fold.py", "folding.py", "handlers.py", "happened.py", "matter.py", "rows.py")
_STORE = """
INSERT INTO rebuilds (partition, fingerprint, state) VALUES ($1, $2, $3)
ON CONFLICT (partition) DO UPDATE SET fingerprint = excluded.fingerprint, state = excluded.state
"""


@dataclass
class Standing:
    """One partition number, on every topic."""

    next: dict[Source, int] = field(default_factory=dict)
    waiting: list[tuple[Source, Message]] = field(default_factory=list)
    events: int = 0

    def text(self) -> str:
        """As it is stored."""
        offsets = [[*source, offset] for source, offset in sorted(self.next.items())]
        waiting = [[*source, *_plain(message)] for source, message in self.waiting]
        return to_json([offsets, waiting, self.events]).decode()


def parsed(text: str) -> Standing:
    """The inverse of `Standing.text`."""
    offsets, waiting, events = from_json(text)
    return Standing(
        {(topic, partition): offset for topic, partition, offset in offsets},
        [((topic, partition), _message(*rest)) for topic, partition, *rest in waiting],
        events,
    )


def _plain(message: Message) -> tuple[int, str, str]:
    offset, key, value = message
    return offset, base64.b64encode(key or b"").decode(), base64.b64encode(value or b"").decode()


def _message(offset: int, key: str, value: str) -> Message:
    return offset, base64.b64decode(key), base64.b64decode(value)


def _fingerprint() -> str:
    folder = Path(__file__).parent
    code = b"".join((folder / module).read_bytes() for module in _MODULES)
    return hashlib.sha256(code).hexdigest()[:16]


FINGERPRINT = _fingerprint()
"""The fold as this process runs it: rows folded by other code are not continued but begun again."""


async def stored(connection: Connection) -> Mapping[int, Standing] | None:
    """The partitions an interrupted rebuild of this code has finished; None when it was other code."""
    rows = await connection.fetch("SELECT partition, fingerprint, state FROM rebuilds")
    if any(row["fingerprint"] != FINGERPRINT for row in rows):
        return None
    return {row["partition"]: parsed(row["state"]) for row in rows}


async def store(connection: Connection, standings: Iterable[tuple[int, Standing]]) -> None:
    """Keep the standings, in the transaction of their rows."""
    arguments = [(partition, FINGERPRINT, standing.text()) for partition, standing in standings]
    await connection.executemany(_STORE, arguments)
