"""From a figure back to the facts: which events put a matter into a denominator and into a numerator.

An event id is derived from stream and version (envelope.event_id), so it needs no column.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from libs.events.envelope import event_id
from services.metrics.deadlines import IN_TIME
from services.metrics.matter import Matter

Proof = list[tuple[str, int]]


class Shows(Protocol):
    """Finds the proof in a matter; asked with a number where assignments are counted."""

    def __call__(self, matter: Matter, no: int = 0, /) -> Proof: ...


class Witness(NamedTuple):
    """What shows that a matter is counted, and what shows that it succeeded: (stream prefix, version)."""

    counted: Shows
    succeeded: Shows


def filed(matter: Matter, _: int = 0) -> Proof:
    """The case was filed: dispatch's receipt, or intake's filing while dispatch has not received it."""
    if matter.case is not None:
        return [("case", matter.case.filed_version)]
    return [("report", matter.report.filed_version)] if matter.report else []


def closed(matter: Matter, _: int = 0) -> Proof:
    """The present closing."""
    return [("case", matter.case.closed_version)] if matter.case else []


def registered(matter: Matter, _: int = 0) -> Proof:
    """The registration, or the fact that sent the matter to mediation while it is on its way."""
    if matter.dispute is not None:
        return [("dispute", matter.dispute.registered_version)]
    if matter.case is not None and matter.case.handed_version:
        return [("case", matter.case.handed_version)]
    return [("report", matter.report.filed_version)] if matter.report else []


def resolved(matter: Matter, _: int = 0) -> Proof:
    """The closing that says the dispute is resolved."""
    return [("dispute", matter.dispute.closed_version)] if matter.dispute else []


def accepted(matter: Matter, _: int = 0) -> Proof:
    """Taken into mediation."""
    return [("dispute", matter.dispute.accepted_version)] if matter.dispute else []


def ended(matter: Matter, _: int = 0) -> Proof:
    """Mediation ended, with or without agreement."""
    return [("dispute", matter.dispute.ended_version)] if matter.dispute else []


def due(matter: Matter, _: int = 0) -> Proof:
    """What showed that the deadline was missed, else the closing before it."""
    case = matter.case
    if case is None or case.deadlines is None or case.deadlines.handling is None:
        return []
    return [("case", case.deadlines.handling.late_version or case.closed_version)]


def signing(matter: Matter, no: int = 0) -> Proof:
    """The signing of an assignment, or the passing of its limit."""
    deadlines = matter.case.deadlines if matter.case else None
    return [("case", it.version) for it in (deadlines.signings if deadlines else ()) if it.no == no]


def signed_in_time(matter: Matter, no: int = 0) -> Proof:
    """The signing, where it came before the limit had passed."""
    deadlines = matter.case.deadlines if matter.case else None
    found = deadlines.signings if deadlines else ()
    return [("case", it.version) for it in found if it.no == no and it.result == IN_TIME]


WITNESSES: Mapping[str, Witness] = {
    "CLOSE_RATE": Witness(filed, closed),
    "RESOLVE_RATE": Witness(registered, resolved),
    "MEDIATE_RATE": Witness(registered, accepted),
    "MEDIATE_SUCCESS": Witness(accepted, ended),
    "SIGN_ONTIME": Witness(signing, signed_in_time),
    "CLOSE_ONTIME": Witness(due, closed),
}


def event_ids(matter: Matter, proof: Proof) -> list[str]:
    """The ids of the events in a proof; version 0 means that the fact is not there."""
    return [str(event_id(f"{prefix}-{matter.id}", version)) for prefix, version in proof if version]
