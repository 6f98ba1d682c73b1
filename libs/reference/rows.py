"""The rows of an edition as values, each valid from its first day to its last, both included."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from libs.reference.fields import day, first_day, hours, last_day, limit, listed
from libs.reference.tables import Row
from libs.worktime import Limit, Span


@dataclass(frozen=True, slots=True)
class Organisation:
    """One unit of the tree. `hours` is None where they are those of the unit above."""

    code: str
    name: str
    type: str
    parent: str | None
    hours: tuple[Span, ...] | None
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Organisation":
        own = hours(row["hours"]) if row["hours"] else None
        return Organisation(row["code"], row["name"], row["type"], row["parent"] or None, own, *_period(row))


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid belongs to a community and to one person (codes-and-fields D1)."""

    code: str
    name: str
    org: str
    kind: str
    person: str
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Grid":
        return Grid(row["code"], row["name"], row["org"], row["kind"], row["person"], *_period(row))


@dataclass(frozen=True, slots=True)
class Post:
    """A post of an organisation."""

    code: str
    name: str
    org: str
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Post":
        return Post(row["code"], row["name"], row["org"], *_period(row))


@dataclass(frozen=True, slots=True)
class Person:
    """What a person is somewhere: opaque id, unit, post and roles. A person may be several things."""

    user: str
    org: str
    post: str | None
    roles: tuple[str, ...]
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Person":
        return Person(row["user"], row["org"], row["post"] or None, listed(row["roles"]), *_period(row))


@dataclass(frozen=True, slots=True)
class Named:
    """A category or an entry of a code table: a code with its label."""

    code: str
    label: str
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Named":
        return Named(row["code"], row.get("label") or row["name"], *_period(row))


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk colour with its local meaning (codes-and-fields D5 RC)."""

    colour: str
    label: str
    meaning: str
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Risk":
        return Risk(row["colour"], row["label"], row["meaning"], *_period(row))


@dataclass(frozen=True, slots=True)
class Duty:
    """Who leads and who assists for a category in an area (duty list)."""

    category: str
    area: str
    lead: str
    assists: tuple[str, ...]
    first: date
    last: date

    @staticmethod
    def read(row: Row) -> "Duty":
        return Duty(row["category"], row["area"], row["lead"], listed(row["assists"]), *_period(row))


@dataclass(frozen=True, slots=True)
class Rule:
    """The limit of one clock; None is "no limit". `amber` is the share of it at which the clock warns."""

    limit: Limit | None
    amber: Fraction
    source: str
    first: date = date.min
    last: date = date.max

    @staticmethod
    def read(row: Row, amber: int) -> "Rule":
        """`amber` is the edition's own percentage, for rows without one."""
        share = Fraction(int(row["amber"] or amber), 100)
        return Rule(limit(row["limit"]), share, row["source"], *_period(row))


class Lasting(Protocol):
    """A row with its first and its last day."""

    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


Lasts = TypeVar("Lasts", bound=Lasting)


class Index(Generic[Lasts]):
    """Rows by what they speak of; of one thing at most one row is valid on a day."""

    def __init__(self, rows: Iterable[tuple[object, Lasts]]) -> None:
        self._rows: dict[object, list[Lasts]] = {}
        for name, row in rows:
            self._rows.setdefault(name, []).append(row)

    def at(self, name: object, on: date) -> Lasts | None:
        """The row of `name` that is valid on this day."""
        for row in self._rows.get(name, ()):
            if row.first <= on <= row.last:
                return row
        return None

    def every(self, name: object, on: date) -> tuple[Lasts, ...]:
        """All rows of `name` that are valid on this day."""
        return tuple(row for row in self._rows.get(name, ()) if row.first <= on <= row.last)

    def all(self) -> Iterable[Lasts]:
        return (row for rows in self._rows.values() for row in rows)


def local_day(row: Row) -> tuple[date, tuple[Span, ...]]:
    """The hours of one day; none on a local day off."""
    return day(row["day"]), hours(row["hours"]) if row["hours"] else ()


def _period(row: Mapping[str, str]) -> tuple[date, date]:
    return first_day(row["valid_from"]), last_day(row["valid_to"])
