"""From a figure back to the facts: which events put a matter into a denominator and into a numerator.

An event id is derived from stream and version (envelope.event_id), so it needs no column.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from libs.events.envelope import event_id
from services.metrics.matter import Matter

Proof = list[tuple[str, int]]


class Witness(NamedTuple):
    """What shows that a matter is counted, and what shows that it succeeded: (stream prefix, version)."""

    counted: Callable[[Matter], Proof]
    succeeded: Callable[[Matter], Proof]


def filed(matter: Matter) -> Proof:
    """The case was filed: dispatch's receipt, or intake's filing while dispatch has not received it."""
    if matter.case is not None:
        return [("case", matter.case.filed_version)]
    return [("report", matter.report.filed_version)] if matter.report else []


def closed(matter: Matter) -> Proof:
    """The present closing."""
    return [("case", matter.case.closed_version)] if matter.case else []


def registered(matter: Matter) -> Proof:
    """The registration, or the fact that sent the matter to mediation while it is on its way."""
    if matter.dispute is not None:
        return [("dispute", matter.dispute.registered_version)]
    if matter.case is not None and matter.case.handed_version:
        return [("case", matter.case.handed_version)]
    return [("report", matter.report.filed_version)] if matter.report else []


def resolved(matter: Matter) -> Proof:
    """The closing that says the dispute is resolved."""
    return [("dispute", matter.dispute.closed_version)] if matter.dispute else []


def accepted(matter: Matter) -> Proof:
    """Taken into mediation."""
    return [("dispute", matter.dispute.accepted_version)] if matter.dispute else []


def ended(matter: Matter) -> Proof:
    """Mediation ended, with or without agreement."""
    return [("dispute", matter.dispute.ended_version)] if matter.dispute else []


WITNESSES: Mapping[str, Witness] = {
    "CLOSE_RATE": Witness(filed, closed),
    "RESOLVE_RATE": Witness(registered, resolved),
    "MEDIATE_RATE": Witness(registered, accepted),
    "MEDIATE_SUCCESS": Witness(accepted, ended),
}


def event_ids(matter: Matter, proof: Proof) -> list[str]:
    """The ids of the events in a proof; version 0 means that the fact is not there."""
    return [str(event_id(f"{prefix}-{matter.id}", version)) for prefix, version in proof if version]
