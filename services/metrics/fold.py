"""The one fold: every event of the three stages changes one part of one matter. Live and rebuild share it."""

from collections.abc import Callable
from types import FunctionType

from libs.events.errors import UnknownKind
from libs.events.jsontext import write_json
from services.metrics.handlers import HANDLERS, Handler
from services.metrics.happened import Happened
from services.metrics.matter import CasePart, DisputePart, Matter, Part, ReportPart

PARTS: dict[str, type[Part]] = {"report": ReportPart, "case": CasePart, "dispute": DisputePart}
PREFIXES = tuple(PARTS)
STAGE_OF: dict[str, str] = {"report": "intake", "case": "dispatch", "dispute": "mediation"}
Step = Callable[[Part, Happened], None]
"""Apply the next event of a part's stream to it."""
_PREFIX_OF = {stage: prefix for prefix, stage in STAGE_OF.items()}

_line = bytearray(b",")
"""One line behind its comma, before a log has it; one thread folds. A new buffer would be half empty."""


def _step(part: Part, event: Happened, handler: Handler) -> None:
    """What every event does to its part, around what its kind does: last, its line in the timeline.

    `Entry` in `timeline.py` names the places of the line.
    """
    handler(part, event)
    part.version = version = event.version
    part.last_at = occurred_at = event.occurred_at
    traceparent = event.traceparent
    write_json(
        (
            version,
            event.kind,
            occurred_at,
            event.recorded_at,
            event.actor_id,
            event.actor_org,
            event.actor_role,
            event.on_behalf_of,
            traceparent[3:35] if traceparent else None,
            part.holder,
        ),
        _line,
        1,
    )
    part.log += _line


def _step_of(handler: Handler) -> Step:
    """`_step` for one kind, as a function with code of its own.

    Each kind is a class of its own, and CPython keeps in the code what it has learnt of one class: with one
    code for all kinds it would look up every attribute the slow way.
    """
    return FunctionType(_step.__code__.replace(), globals(), handler.__name__, (handler,))


STEPS: dict[str, tuple[str, Step]] = {
    kind: (_PREFIX_OF[kind.partition(".")[0]], _step_of(handler)) for kind, handler in HANDLERS.items()
}
"""Every kind: on which stream it is a fact, and what happens there."""
STEPS_OF: dict[str, dict[str, Step]] = {
    prefix: {kind: step for kind, (name, step) in STEPS.items() if name == prefix} for prefix in PREFIXES
}


def fold(matter: Matter, event: Happened) -> None:
    """Apply the next event of its stream. The caller has checked that the version is the next one."""
    try:
        name, step = STEPS[event.kind]
    except KeyError:
        raise UnknownKind(f"unknown_kind:{event.kind}") from None
    step(getattr(matter, name) or begin(matter, name, event), event)


def begin(matter: Matter, prefix: str, event: Happened) -> Part:
    """The part of a stage that speaks of the matter for the first time."""
    part = PARTS[prefix]()
    setattr(matter, prefix, part)
    part.first_at = event.occurred_at
    part.source_system, part.external_no = event.source_system, event.external_no
    return part


def misplaced(event: Happened) -> bool:
    """Whether the stream is not one that this kind belongs to; such a record is nobody's fact."""
    step = STEPS.get(event.kind)
    return step is not None and not event.stream.startswith(f"{step[0]}-")
