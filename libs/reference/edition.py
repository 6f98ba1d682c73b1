"""One edition of reference data: immutable, built once, asked on the path of every command.

A table is read when it is asked for first; organisations, limits and the calendar answer in microseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from libs.reference.fields import EVERY
from libs.reference.manifest import Manifest
from libs.reference.offices import Offices
from libs.reference.rows import Duty, Grid, Index, Named, Organisation, Person, Post, Risk, Rule
from libs.reference.tables import Row, Table
from libs.worktime import Calendar, Schedule

Reader = Callable[[Table], Sequence[Row]]


@dataclass(frozen=True)
class Edition:
    """What is known and ruled from `effective_at` on. All lookups take the day they are for."""

    manifest: Manifest
    read: Reader = field(repr=False, compare=False)
    calendar: Calendar = field(repr=False, compare=False)

    @property
    def version(self) -> str:
        return self.manifest.edition

    @property
    def city(self) -> str:
        return self.manifest.city

    @property
    def effective_at(self) -> datetime:
        return self.manifest.effective_at

    @property
    def calendar_version(self) -> str:
        return self.manifest.calendar_version

    @property
    def amber(self) -> Fraction:
        """The share of a limit at which a clock warns where its rule says nothing."""
        return Fraction(self.manifest.amber, 100)

    def limit(self, clock: str, category: str, urgency: str, day: date) -> Rule | None:
        """The rule of a clock; None: no clock. The longest category path wins, then the exact urgency."""
        for path in paths(category):
            for grade in (urgency, EVERY):
                rule = self._limits.at((clock, path, grade), day)
                if rule is not None:
                    return rule
        return None

    def schedule(self, org: str | None, day: date) -> Schedule:
        """Working time of a unit as the tree stands on this day; without a unit, that of the city."""
        return self._offices.schedule(org or self.city, day)

    def organisation(self, code: str, day: date) -> Organisation | None:
        return self._organisations.at(code, day)

    def parent(self, code: str, day: date) -> str | None:
        """The code of the unit above; None at the root and for a unit that is not there."""
        unit = self._organisations.at(code, day)
        return unit.parent if unit else None

    def within(self, code: str, ancestor: str, day: date) -> bool:
        """True for `ancestor` itself and for everything below it."""
        return any(unit.code == ancestor for unit in self._offices.upwards(code, day))

    def grid(self, code: str, day: date) -> Grid | None:
        return self._grids.at(code, day)

    def post(self, code: str, day: date) -> Post | None:
        return self._posts.at(code, day)

    def person(self, user: str, day: date) -> tuple[Person, ...]:
        """Everything this person is on this day: one entry per unit and post, none for a stranger."""
        return self._people.every(user, day)

    def category(self, code: str, day: date) -> Named | None:
        return self._categories.at(code, day)

    def code(self, table: str, code: str, day: date) -> Named | None:
        """An entry of a code table (codes-and-fields D5)."""
        return self._codes.at((table, code), day)

    def risk(self, colour: str, day: date) -> Risk | None:
        return self._risks.at(colour, day)

    def duty(self, category: str, area: str, day: date) -> Duty | None:
        """Who answers for a category in an area: the longest category path wins, then the nearest area."""
        areas = [unit.code for unit in self._offices.upwards(area, day)]
        for path in paths(category):
            for code in areas:
                found = self._duty.at((path, code), day)
                if found is not None:
                    return found
        return None

    def limits(self) -> Iterator[Rule]:
        """Every limit there is, for a look at the longest."""
        return iter(self._limits.all())

    @cached_property
    def _organisations(self) -> Index[Organisation]:
        return Index((row["code"], Organisation.read(row)) for row in self.read("organisations"))

    @cached_property
    def _offices(self) -> Offices:
        return Offices(self._organisations, self.read("local_days"), self.calendar, self.city)

    @cached_property
    def _limits(self) -> Index[Rule]:
        amber = self.manifest.amber
        read = self.read("limits")
        return Index(((row["clock"], row["category"], row["urgency"]), Rule.read(row, amber)) for row in read)

    @cached_property
    def _grids(self) -> Index[Grid]:
        return Index((row["code"], Grid.read(row)) for row in self.read("grids"))

    @cached_property
    def _posts(self) -> Index[Post]:
        return Index((row["code"], Post.read(row)) for row in self.read("posts"))

    @cached_property
    def _people(self) -> Index[Person]:
        return Index((row["user"], Person.read(row)) for row in self.read("people"))

    @cached_property
    def _categories(self) -> Index[Named]:
        return Index((row["code"], Named.read(row)) for row in self.read("categories"))

    @cached_property
    def _codes(self) -> Index[Named]:
        return Index(((row["table"], row["code"]), Named.read(row)) for row in self.read("codes"))

    @cached_property
    def _risks(self) -> Index[Risk]:
        return Index((row["colour"], Risk.read(row)) for row in self.read("risks"))

    @cached_property
    def _duty(self) -> Index[Duty]:
        return Index(((row["category"], row["area"]), Duty.read(row)) for row in self.read("duty"))


def paths(category: str) -> Iterator[str]:
    """A category path and everything it lies under, the nearest first, `*` last."""
    path = category
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield EVERY
