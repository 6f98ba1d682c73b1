"""The people of a grown pack: who holds which post where, and who answers for which grid.

The named people of `people.yaml` are among them; the others are opaque ids drawn with the seed, never names.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from deploy.cities.chance import Chance
from deploy.cities.pack import City, Pack, Roster, shared

GRID_ROLE = "GRD"
_IDS = 2**48 - 1


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody at a post. `post` is the part of the post's code after the organisation's."""

    user: str
    org: str
    post: str
    roles: tuple[str, ...]


def staff(pack: Pack, chance: Chance) -> list[Employee]:
    """Everybody: the named people first, then as many as each roster still misses."""
    usual = shared("posts")["roles"]
    named = [
        Employee(person.user, person.org, person.post or usual[person.roles[0]], person.roles)
        for person in pack.people
    ]
    hired = list(named)
    taken = {person.user for person in named}
    for roster in pack.city.rosters:
        hired += (
            Employee(_opaque(chance, taken), org, roster.post, (roster.role,))
            for org in _vacancies(roster, pack.city, named)
        )
    return hired


def _vacancies(roster: Roster, city: City, named: Sequence[Employee]) -> Iterator[str]:
    """The organisations of the seats that no named person holds."""
    held = Counter(person.org for person in named if person.post == roster.post)
    seats = [org.code for org in islice(cycle(city.of_type(*roster.at)), roster.total)]
    for org in seats:
        if held[org]:
            held[org] -= 1
        else:
            yield org


def _opaque(chance: Chance, taken: set[str]) -> str:
    """An id nobody has yet."""
    while True:
        user = f"u-{chance.between(0, _IDS):012x}"
        if user not in taken:
            taken.add(user)
            return user


def people(hired: Sequence[Employee]) -> Iterator[dict[str, str]]:
    """One row for each person and post."""
    for one in hired:
        yield {"user": one.user, "org": one.org, "post": _post(one), "roles": ";".join(one.roles)}


def posts(hired: Sequence[Employee]) -> Iterator[dict[str, str]]:
    """Every post that somebody holds (A28: a duty resolves to a post and a person)."""
    titles = shared("posts")["posts"]
    seen = {_post(one): one for one in hired}
    for code, one in seen.items():
        yield {"code": code, "name": titles[one.post], "org": one.org}


def _post(one: Employee) -> str:
    return f"{one.org}.{one.post}"


def grids(city: City, hired: Sequence[Employee], chance: Chance) -> Iterator[dict[str, str]]:
    """Every grid with one responsible person of its community (A33, codes-and-fields D1)."""
    workers: dict[str, list[str]] = {}
    for one in hired:
        if GRID_ROLE in one.roles:
            workers.setdefault(one.org, []).append(one.user)
    communities = city.of_type("COMMUNITY")
    for index, community in enumerate(islice(cycle(communities), city.grids.total)):
        number = index // len(communities) + 1
        name = city.grids.name.format(parent=community.name, number=number)
        free = workers[community.code]
        person = free.pop(chance.between(0, len(free) - 1))
        code = f"{community.code}{number:03d}"
        yield {"code": code, "name": name, "org": community.code, "kind": "BASE", "person": person}
