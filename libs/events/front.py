"""What stands behind the routes of a service: its permissions, keys, clock and health."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.events.clock import Clock
from libs.events.desk import Desk
from libs.events.health import Health
from libs.events.meters import Meters
from libs.events.settings import Settings
from libs.events.tokens import Tokens
from libs.reference import Library


@dataclass(slots=True)
class Front:
    """One per process, in `app.state.front`.

    `newest` answers how far a stream is reflected by this service's reads, for the streams whose prefixes
    it names. `desk` belongs to a writing stage, `reading` to a read-only service. `library` is what this
    process knows of reference data.
    """

    settings: Settings
    permissions: Mapping[str, frozenset[str]]
    tokens: Tokens
    clock: Clock
    meters: Meters
    health: Health
    prefixes: frozenset[str]
    newest: Callable[[str], Awaitable[int]]
    desk: Desk | None = None
    reading: Any = None
    library: Library = field(default_factory=Library)

    def roles_of(self, operation: str) -> frozenset[str]:
        """The roles that may use an operation; empty for one that nobody may."""
        return self.permissions.get(operation, frozenset())
