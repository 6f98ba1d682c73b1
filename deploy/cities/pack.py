"""Reads a city pack: organisations, people, categories, published figures. What it grows into: `grow.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent
Kind = Literal["CITY", "DISTRICT", "STREET", "COMMUNITY", "CENTRE", "STATION", "DEPARTMENT", "COMMITTEE"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Organisation(_Part):
    """One unit of the tree; territorial units carry their division code (codes-and-fields D1)."""

    code: str
    name: str
    type: Kind
    parent: str | None = None


class Series(_Part):
    """`total` numbered organisations spread evenly under every organisation of one type."""

    type: Kind
    under: Kind
    total: int
    name: str
    code: str = "{parent}{number:03d}"
    first: int = 1
    """Number in the code of the first one under its parent."""


class Grids(_Part):
    """How many grids a city has, spread evenly over its communities."""

    total: int
    name: str


class Roster(_Part):
    """How many people hold a post, spread evenly over the organisations of some types."""

    post: str
    role: str
    at: tuple[Kind, ...]
    total: int


class Category(_Part):
    """One entry of the category tree."""

    code: str
    name: str


class LocalDay(_Part):
    """A day that an organisation and those below it keep in their own way; without hours it is a day off."""

    org: str
    day: date
    hours: str = ""


class Edition(_Part):
    """What the grown pack is called, and from when it rules. Every row of it is valid `since` a day."""

    version: str
    effective_at: str
    since: date
    calendar: str = "cn"


class City(_Part):
    """Who there is in a city: its tree, its categories, and the numbers it is grown to."""

    code: str
    name: str
    jurisdiction: str
    zone: str
    edition: Edition
    hours: str
    organisations: tuple[Organisation, ...]
    series: tuple[Series, ...] = ()
    grids: Grids
    rosters: tuple[Roster, ...] = ()
    duty: dict[str, tuple[str, ...]] = {}
    limits: tuple[dict[str, str], ...] = ()
    local_days: tuple[LocalDay, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def grids_per_community(self) -> int:
        """How many grids every community has at least."""
        return self.grids.total // len(self.of_type("COMMUNITY"))

    def tree(self) -> tuple[Organisation, ...]:
        """Every organisation, the named ones and the numbered ones."""
        tree = self.organisations
        for series in self.series:
            tree = (*tree, *_expand(series, tree))
        return tree

    def of_type(self, *kinds: Kind) -> tuple[Organisation, ...]:
        return tuple(org for org in self.tree() if org.type in kinds)


class Person(_Part):
    """An invented person, by opaque ids only."""

    user: str
    org: str
    roles: tuple[str, ...]
    post: str | None = None
    """The post where it does not follow from the first role (posts.yaml)."""


class Figure(_Part):
    """A published figure: what was printed, where it stands, and how it is read."""

    indicator: str
    source: str
    channel: str | None = None
    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")
    decimals: int
    display: str
    requirement: str
    quote: str
    reading: str | None = None


@dataclass(frozen=True)
class Pack:
    """One city's folder."""

    folder: Path
    city: City
    people: tuple[Person, ...]
    figures: tuple[Figure, ...]

    def person(self, role: str, org: str | None = None) -> Person:
        """Somebody with the role, in the organisation when one is named; KeyError when there is nobody."""
        for person in self.people:
            if role in person.roles and org in (None, person.org):
                return person
        raise KeyError(f"no {role} in {org or self.city.name}")

    def document(self, name: str) -> Any:
        """Another YAML document of the pack."""
        return _yaml(self.folder / name)


def shared(name: str) -> Any:
    """What all packs have in common under this name: limits, codes, risks, categories, posts, texts."""
    return _yaml(FOLDER / f"{name}.yaml")


def cities() -> list[str]:
    """The names of the packs that are shipped."""
    return sorted(folder.parent.name for folder in FOLDER.glob("*/city.yaml"))


def load(name: str) -> Pack:
    """The pack of a city; ValueError names the known cities when this one is unknown."""
    if name not in cities():
        raise ValueError(f"no city pack is named {name!r}; there are: {', '.join(cities())}")
    folder = FOLDER / name
    people = tuple(Person.model_validate(entry) for entry in _yaml(folder / "people.yaml")["people"])
    figures = tuple(Figure.model_validate(entry) for entry in _yaml(folder / "published.yaml")["figures"])
    return Pack(folder, _city(folder), people, figures)


def _city(folder: Path) -> City:
    """With the category tree that all cities share before the city's own categories."""
    stated = _yaml(folder / "city.yaml")
    tree = [*shared("categories")["categories"], *stated.get("categories", ())]
    return City.model_validate({**stated, "categories": tree})


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _expand(series: Series, tree: tuple[Organisation, ...]) -> Iterator[Organisation]:
    parents = [org for org in tree if org.type == series.under]
    for index, parent in enumerate(islice(cycle(parents), series.total)):
        number = index // len(parents) + 1
        name = series.name.format(parent=parent.name, number=number)
        code = series.code.format(parent=parent.code, number=series.first + number - 1)
        yield Organisation(code=code, name=name, type=series.type, parent=parent.code)
