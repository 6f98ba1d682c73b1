"""What runs, written down: enough for the next command to find, reuse or end it after the launcher died."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.local import process
from deploy.local.problem import said_plainly
from deploy.local.process import Child


@dataclass(frozen=True)
class Running:
    """One process of the stack: which, on which port, started with which settings (`fingerprint`)."""

    name: str
    pid: int
    birth: str
    port: int
    fingerprint: str = ""

    @property
    def child(self) -> Child:
        """The process itself."""
        return Child(self.pid, self.birth)

    @property
    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return process.alive(self.child)


class State:
    """The state file: processes and ports by name, and the clock. Every change is on disk at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changing = threading.Lock()
        document = _read(file)
        self._running = {name: Running(**fields) for name, fields in document["running"].items()}
        self._ports: dict[str, int] = document["ports"]
        self._clock: str = document["clock"]

    @property
    def running(self) -> Mapping[str, Running]:
        """Every process started and not yet ended by us, dead ones included."""
        return dict(self._running)

    @property
    def clock(self) -> str:
        """Return the drill clock that the services run by; empty: real time."""
        return self._clock

    def run_by(self, clock: str) -> None:
        """Keep the clock for every service that is started from now on."""
        if clock != self._clock:
            with self._changing:
                self._clock = clock
                self._write()

    def living(self, name: str) -> Running | None:
        """Return the process of that name if it still runs."""
        found = self._running.get(name)
        return found if found is not None and found.alive else None

    def port(self, name: str) -> int | None:
        """Return the port the name had last."""
        return self._ports.get(name)

    def remember_port(self, name: str, port: int) -> None:
        """Keep the port for the next start."""
        with self._changing:
            self._ports[name] = port
            self._write()

    def started(self, running: Running) -> None:
        """Write down a process that was just started."""
        with self._changing:
            self._running[running.name] = running
            self._ports[running.name] = running.port
            self._write()

    def ended(self, name: str) -> None:
        """Forget a process that is gone; its port stays remembered."""
        with self._changing:
            self._running.pop(name, None)
            self._write()

    def _write(self) -> None:
        running = {name: asdict(one) for name, one in self._running.items()}
        document = {"running": running, "ports": self._ports, "clock": self._clock}
        new = self._file.with_suffix(".new")
        with said_plainly(self._file):
            new.write_text(json.dumps(document, indent=2))
            new.replace(self._file)


def _read(file: Path) -> dict[str, Any]:
    """Return the document; an unreadable one counts as empty, since orphans are found by their mark."""
    try:
        document = json.loads(file.read_text())
        known = {"running": dict(document["running"]), "ports": dict(document["ports"])}
        return {**known, "clock": str(document.get("clock", ""))}
    except (OSError, ValueError, KeyError, TypeError):
        return {"running": {}, "ports": {}, "clock": ""}
