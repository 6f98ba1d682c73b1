"""What `case.dead-letter` says: a record was set aside, or what was decided about it. Never its content."""

import json
from uuid import uuid5

from libs.events.contracts.values import instant_text
from libs.events.envelope import EVENT_NAMESPACE
from libs.events.recording import Origin
from libs.events.store import OutboxRecord, Parked

CONTENT_TYPE = (("content-type", b"application/cloudevents+json"),)
PARKED, SETTLED = "events.record_parked", "events.record_settled"


def notice(origin: Origin, position: int, parked: Parked) -> OutboxRecord:
    """The notice for a parked record in its present state, keyed by its stream so that order holds."""
    key = parked.stream or f"{parked.topic}/{parked.partition}"
    return OutboxRecord(position, origin.dead_letters, key.encode(), _value(origin, parked), CONTENT_TYPE)


def _value(origin: Origin, parked: Parked) -> bytes:
    place = f"{parked.topic}/{parked.partition}/{parked.offset}"
    attributes = {
        "specversion": "1.0",
        "id": str(uuid5(EVENT_NAMESPACE, f"{origin.source}/{place}/{parked.state}")),
        "source": origin.source,
        "type": PARKED if parked.state == "PENDING" else SETTLED,
        "subject": parked.stream or place,
        "time": instant_text(parked.decided_at or parked.parked_at),
        "datacontenttype": "application/json",
        "data": _data(parked),
    }
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def _data(parked: Parked) -> dict[str, str | int]:
    stated: dict[str, str | int | None] = {
        "topic": parked.topic,
        "partition": parked.partition,
        "offset": parked.offset,
        "stream": parked.stream,
        "version": parked.version,
        "reason": parked.reason,
        "trace_id": parked.trace_id,
        "state": parked.state,
        "decided_by": parked.decided_by,
        "note": parked.note or None,
    }
    return {name: value for name, value in stated.items() if value is not None}
