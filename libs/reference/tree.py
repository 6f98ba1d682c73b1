"""The organisation tree: one root, typed levels, no cycle on any day."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from libs.reference.faults import Fault
from libs.reference.lines import Line, Pack, by, meet

ABOVE: Final[Mapping[str, frozenset[str]]] = {
    "CITY": frozenset(),
    "DISTRICT": frozenset({"CITY"}),
    "STREET": frozenset({"DISTRICT"}),
    "COMMUNITY": frozenset({"STREET"}),
    "CENTRE": frozenset({"CITY", "DISTRICT", "STREET", "COMMUNITY"}),
    "STATION": frozenset({"STREET", "COMMUNITY", "CENTRE", "DEPARTMENT"}),
    "COMMITTEE": frozenset({"CITY", "DISTRICT", "STREET", "COMMUNITY", "CENTRE", "DEPARTMENT"}),
    "DEPARTMENT": frozenset({"CITY", "DISTRICT", "STREET", "CENTRE", "DEPARTMENT"}),
}
"""What may stand above each type. Departments may lie under departments: a tree of any depth."""
ROOTS: Final = frozenset({"CITY", "DISTRICT"})

Units = Mapping[tuple[str, ...], list[Line]]


def tree(pack: Pack, city: str) -> Iterator[Fault]:
    """Parents of a wrong type, units that hang in the air, and cycles. `city` is the pack's root."""
    units = by(pack["organisations"], "code")
    for line in pack["organisations"]:
        yield from _above(line, units, city)
    yield from _cycles(units)


def _above(line: Line, units: Units, city: str) -> Iterator[Fault]:
    kind, parent = line.get("type"), line.get("parent")
    if kind not in ABOVE:
        return
    if not parent:
        if kind not in ROOTS:
            yield line.fault("parent", "wrong_type_of_parent", "")
        elif line.get("code") != city:
            yield line.fault("parent", "second_root", line.get("code"))
        return
    for other in units.get((parent,), ()):
        if meet(line, other) and other.get("type") not in ABOVE[kind]:
            yield line.fault("parent", "wrong_type_of_parent", f"{parent} ({other.get('type')})")
            return


def _cycles(units: Units) -> Iterator[Fault]:
    suspects = _ringed(units)
    seen: set[int] = set()
    for day in sorted({line.first for line in suspects}):
        for line in _ring(suspects, day):
            if line.number not in seen:
                seen.add(line.number)
                yield line.fault("parent", "cycle", line.get("parent"))


def _ringed(units: Units) -> list[Line]:
    """The rows that could lie on a cycle when time is ignored: none in a sound pack, found in one pass."""
    above = {code: {line.get("parent") for line in group} for (code,), group in units.items()}
    while leaves := [c for c, parents in above.items() if not parents & above.keys()]:
        for code in leaves:
            del above[code]
    return [line for (code,), group in units.items() if code in above for line in group]


def _ring(suspects: list[Line], day: date) -> Iterator[Line]:
    """The rows on a cycle on this day."""
    up = {line.get("code"): line for line in suspects if line.first <= day <= line.last}
    for code, line in up.items():
        step = line.get("parent")
        walked: set[str] = set()
        while step in up and step not in walked and step != code:
            walked.add(step)
            step = up[step].get("parent")
        if step == code:
            yield line
