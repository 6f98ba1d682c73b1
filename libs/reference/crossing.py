"""What rows say about rows of other tables: the code exists, on every day on which it is spoken of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from libs.reference.faults import Fault
from libs.reference.fields import EVERY, listed
from libs.reference.lines import Line, Pack, by, hole, meet
from libs.reference.tables import PACK_FILE, Table

WORKER: Final = "GRD"
LOCALITY: Final = "COMMUNITY"

Names = Mapping[tuple[str, ...], list[Line]]


@dataclass(frozen=True, slots=True)
class Reference:
    """`column` of `table` holds codes of `target`; several are separated by semicolons."""

    table: Table
    column: str
    target: Table
    unknown: str = "unknown_code"


REFERENCES: Final = (
    Reference("organisations", "parent", "organisations", "unknown_parent"),
    Reference("grids", "org", "organisations"),
    Reference("posts", "org", "organisations"),
    Reference("people", "org", "organisations"),
    Reference("people", "post", "posts"),
    Reference("categories", "parent", "categories", "unknown_parent"),
    Reference("duty", "area", "organisations"),
    Reference("duty", "lead", "organisations"),
    Reference("duty", "assists", "organisations"),
    Reference("local_days", "org", "organisations"),
)


def references(pack: Pack, city: str) -> Iterator[Fault]:
    """Every code that is named exists, and is valid for as long as the row that names it."""
    for reference in REFERENCES:
        names = by(pack[reference.target], "code")
        for line in pack[reference.table]:
            for code in listed(line.get(reference.column)):
                yield from _named(line, reference, names.get((code,)), code)
    yield from _categories(pack)
    if city and not any(line.get("code") == city for line in pack["organisations"]):
        yield Fault(PACK_FILE, 0, "city", "unknown_code", city)
    yield from _paths(pack["categories"])
    yield from _posts(pack)


def roles_of_grids(pack: Pack) -> Iterator[Fault]:
    """A grid belongs to a community, and on each day to one grid worker (codes-and-fields D1)."""
    people, units = by(pack["people"], "user"), by(pack["organisations"], "code")
    for line in pack["grids"]:
        yield from _worker(line, people)
        for unit in units.get((line.get("org"),), ()):
            if meet(line, unit) and unit.get("type") != LOCALITY:
                yield line.fault("org", "wrong_type_of_parent", f"{line.get('org')} ({unit.get('type')})")
                break


def _named(line: Line, reference: Reference, found: Sequence[Line] | None, code: str) -> Iterator[Fault]:
    if not found:
        yield line.fault(reference.column, reference.unknown, code)
    elif line.table != "local_days":
        missing = hole(found, line.first, line.last)
        if missing is not None:
            yield line.fault(reference.column, "gap_in_validity", f"{code}, {missing.isoformat()}")


def _categories(pack: Pack) -> Iterator[Fault]:
    """Limits and duties may speak of a whole branch, so a path that categories lie under is known too."""
    known = {EVERY}
    for line in pack["categories"]:
        steps = line.get("code").split(".")
        known |= {".".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
    for line in chain(pack["limits"], pack["duty"]):
        if line.get("category") and line.get("category") not in known:
            yield line.fault("category", "unknown_code", line.get("category"))


def _paths(categories: Sequence[Line]) -> Iterator[Fault]:
    """A category's code is a path, and its parent lies on it: both say the same tree."""
    for line in categories:
        code, parent = line.get("code"), line.get("parent")
        if parent and not code.startswith(f"{parent}."):
            yield line.fault("parent", "wrong_type_of_parent", parent)
        if not parent and "." in code:
            yield line.fault("parent", "missing_value", "")


def _posts(pack: Pack) -> Iterator[Fault]:
    """Who holds a post belongs to the post's unit."""
    posts = by(pack["posts"], "code")
    for line in pack["people"]:
        for held in posts.get((line.get("post"),), ()):
            if meet(line, held) and held.get("org") != line.get("org"):
                yield line.fault("post", "post_of_another_unit", held.get("org"))
                break


def _worker(line: Line, people: Names) -> Iterator[Fault]:
    person = line.get("person")
    if not person:
        yield line.fault("person", "grid_without_person", "")
        return
    known = people.get((person,))
    if not known:
        yield line.fault("person", "unknown_code", person)
        return
    workers = [other for other in known if WORKER in listed(other.get("roles"))]
    if not workers:
        yield line.fault("person", "wrong_role", person)
        return
    missing = hole(workers, line.first, line.last)
    if missing is not None:
        yield line.fault("person", "grid_without_person", f"{person}, {missing.isoformat()}")
