"""The one fold: every event of the three stages changes one part of one matter. Live and rebuild share it."""

from libs.events.errors import UnknownKind
from libs.events.jsontext import to_json
from services.metrics.handlers import HANDLERS, Handler
from services.metrics.happened import Happened
from services.metrics.matter import CasePart, DisputePart, Matter, Part, ReportPart

PARTS: dict[str, type[Part]] = {"report": ReportPart, "case": CasePart, "dispute": DisputePart}
PREFIXES = tuple(PARTS)
STAGE_OF: dict[str, str] = {"report": "intake", "case": "dispatch", "dispute": "mediation"}
_PREFIX_OF = {stage: prefix for prefix, stage in STAGE_OF.items()}

STEPS: dict[str, tuple[str, type[Part], Handler]] = {
    kind: (name := _PREFIX_OF[kind.partition(".")[0]], PARTS[name], handler)
    for kind, handler in HANDLERS.items()
}


def fold(matter: Matter, event: Happened) -> None:
    """Apply the next event of its stream. The caller has checked that the version is the next one."""
    try:
        name, part_type, handler = STEPS[event.kind]
    except KeyError:
        raise UnknownKind(f"unknown_kind:{event.kind}") from None
    part = getattr(matter, name)
    if part is None:
        part = begin(matter, name, part_type, event)
    step(part, event, handler)


def begin(matter: Matter, name: str, part_type: type[Part], event: Happened) -> Part:
    """The part of a stage that speaks of the matter for the first time."""
    part = part_type()
    setattr(matter, name, part)
    part.first_at = event.occurred_at
    part.source_system, part.external_no = event.source_system, event.external_no
    return part


def step(part: Part, event: Happened, handler: Handler) -> None:
    """What every event does to its part, around what its kind does."""
    handler(part, event)
    part.version = event.version
    part.last_at = event.occurred_at
    part.log.append(line(event, part.holder))


def line(event: Happened, holder: str | None) -> bytes:
    """One event as a timeline keeps it: `Entry` in `timeline.py` names the places of the array."""
    traceparent = event.traceparent
    return to_json(
        (
            event.version,
            event.kind,
            event.occurred_at,
            event.recorded_at,
            event.actor_id,
            event.actor_org,
            event.actor_role,
            event.on_behalf_of,
            traceparent[3:35] if traceparent else None,
            holder,
        )
    )


def misplaced(event: Happened) -> bool:
    """Whether the stream is not one that this kind belongs to; such a record is nobody's fact."""
    step = STEPS.get(event.kind)
    return step is not None and not event.stream.startswith(f"{step[0]}-")
