"""What clients wrote down themselves: every attempt before it was sent, every answer after it came.

A line is handed to the operating system before the request leaves, so a killed client loses no attempt.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LOST = 0
"""The status of an attempt that was answered by the network alone: cut, reset, or too late."""


@dataclass(frozen=True)
class Attempt:
    """One request that is about to be sent. `at` are seconds of the run's own monotonic clock."""

    key: str
    number: int
    stage: str
    path: str
    at: float


@dataclass(frozen=True)
class Answered:
    """What came back, after how many seconds. `position` is `<stream>@<version>` of an accepted command."""

    key: str
    number: int
    stage: str
    status: int
    at: float
    seconds: float
    code: str = ""
    position: str = ""
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the service promised that the command is stored."""
        return 200 <= self.status < 300


Entry = Attempt | Answered


class Journal:
    """A file that only grows."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)

    def write(self, entry: Entry) -> None:
        line = json.dumps({"what": type(entry).__name__, **asdict(entry)}, separators=(",", ":"))
        self._file.write(line.encode() + b"\n")

    def close(self) -> None:
        self._file.close()


def read(files: Iterable[Path]) -> tuple[Entry, ...]:
    """Every entry; a last line that a killed client left half-written is no entry."""
    lines = [line for file in files for line in file.read_bytes().split(b"\n")[:-1]]
    return tuple(_entry(json.loads(line)) for line in lines)


def _entry(fields: dict[str, Any]) -> Entry:
    what = fields.pop("what")
    return Attempt(**fields) if what == "Attempt" else Answered(**fields)


def answers(entries: Iterable[Entry]) -> list[Answered]:
    """Only what came back."""
    return [entry for entry in entries if isinstance(entry, Answered)]
