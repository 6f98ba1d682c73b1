"""The history of a matter over all stages: who did what, when, on whose behalf, and who held it then."""

from collections.abc import Iterator
from heapq import merge
from typing import Any, NamedTuple

from libs.events.envelope import event_id
from libs.events.jsontext import from_json
from services.metrics.fold import PREFIXES, STAGE_OF


class Entry(NamedTuple):
    """One event as `fold.line` stores it, place by place, after its stream."""

    stream: str
    version: int
    kind: str
    occurred_at: str
    recorded_at: str
    actor: str
    org: str
    role: str
    on_behalf_of: str | None
    trace_id: str | None
    holder: str | None

    def view(self) -> dict[str, Any]:
        """The entry as an answer shows it. `holder` is who held the matter, in that stage, from then on."""
        stage = STAGE_OF[self.stream.partition("-")[0]]
        return {"event_id": str(event_id(self.stream, self.version)), "stage": stage, **self._asdict()}


def timeline(matter: str, logs: tuple[str, str, str]) -> list[Entry]:
    """All events by business time, then by record time, so that a reaction stands behind its cause.

    Inside a stream always by version, whatever its times say.
    """
    streams = [_stream(f"{prefix}-{matter}", log) for prefix, log in zip(PREFIXES, logs, strict=True)]
    return [entry for _, entry in merge(*streams, key=lambda timed: timed[0])]


def _stream(stream: str, log: str) -> Iterator[tuple[tuple[str, str], Entry]]:
    latest = ("", "")
    for values in from_json(log):
        entry = Entry(stream, *values)
        latest = max(latest, (entry.occurred_at, entry.recorded_at))
        yield latest, entry
