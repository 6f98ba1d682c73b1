"""What a stage gives the runtime: data and pure functions. The runtime gives motion (design 11.7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import APIRouter

from libs.events.decider import Decider
from libs.events.envelope import Envelope
from libs.events.errors import Unavailable

React = Callable[[Envelope], list[Any]]
Permissions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Stage:
    """One writing service. Streams are `<prefix>-<matter>`, paths `/v1/<noun>`.

    `permissions` maps an operation id to the roles that may use it; a route without an entry fails
    start-up. Besides the stage's own commands it names the generic reads: for prefix `case` these are
    `ReadCase`, `ReadCaseEvents` and `ReadCaseTexts`. `view` gives the regions of a state and `allowed`
    the kebab-case commands possible in it, before the caller's roles are looked at.
    """

    name: str
    prefix: str
    topic: str
    noun: str
    decider: Decider[Any, Any, Any]
    routes: APIRouter
    permissions: Permissions
    view: Callable[[Any], dict[str, Any]]
    allowed: Callable[[Any], list[str]]
    listens_to: Mapping[str, React] = field(default_factory=dict)

    def reads(self) -> tuple[str, str, str]:
        """Operation ids of the generic reads: the folded state, the history, the opened texts."""
        title = self.prefix.capitalize()
        return f"Read{title}", f"Read{title}Events", f"Read{title}Texts"

    def clock_reads(self) -> tuple[str, str]:
        """Operation ids of the reads of its clocks: all of a matter, and one explained."""
        title = self.prefix.capitalize()
        return f"Read{title}Deadlines", f"Explain{title}Deadline"

    def permitted(self) -> Permissions:
        """The whole table: who may read a matter may read its clocks and why they stand where they do."""
        if self.decider.timing is None:
            return self.permissions
        state, _, _ = self.reads()
        readers = self.permissions.get(state, frozenset())
        return {**self.permissions, **dict.fromkeys(self.clock_reads(), readers)}


class Reading(Protocol):
    """The read model of a read-only service over its database."""

    @property
    def effects(self) -> Any:
        """What a consumed batch does to it: `libs.events.inbox.Effects`."""
        ...

    async def newest(self, stream: str) -> int:
        """The newest version of a stream that reads reflect; 0 when none."""
        ...


class NotOpen:
    """A read model whose database did not answer yet: whatever it is asked, it is unavailable."""

    effects: Any = None

    async def newest(self, _stream: str) -> int:
        raise Unavailable("database")

    def __getattr__(self, name: str) -> Any:
        raise Unavailable("database")


@dataclass(frozen=True)
class Reader:
    """A service that only consumes and shows: metrics. Its routes carry their whole path.

    `open_` is given the `PostgresStore` of the service's database; the routes find what it returns in
    `request.app.state.front.reading`. `migrations` names the package for `libs.events.schema.upgrade`.
    """

    name: str
    routes: APIRouter
    permissions: Permissions
    listens_to: frozenset[str]
    migrations: str
    open_: Callable[[Any], Reading]


TOPIC_PREFIX: Mapping[str, str] = {
    "case.intake": "report",
    "case.dispatch": "case",
    "case.mediation": "dispute",
}
"""The stream prefix that each stage topic carries: topic and key name the stream (design section 1)."""

REFERENCE_TOPIC, REFERENCE_PREFIX = "case.reference", "reference"
"""Reference data: streams of intake's store that go to a topic of their own, read whole by every stage."""
