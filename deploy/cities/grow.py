"""Grows a city pack to its published size: the eleven tables of an edition, from small sources and a seed.

The same seed gives the same edition on every machine; another seed gives other people and the same numbers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from deploy.cities import grow_people, pack
from deploy.cities.chance import Chance
from deploy.cities.pack import City, Pack, shared
from libs.reference.tables import COLUMNS, Header, Row, Table, Tables

CALENDARS = Path(__file__).parent.parent / "calendars"
EVERY = "*"


@dataclass(frozen=True)
class Grown:
    """An edition ready to be validated and published: what stands in `pack.yaml`, and the tables."""

    header: Header
    tables: Tables


def grow(name: str, seed: int | None = None) -> Grown:
    """The edition of a city, with the city's own seed unless told otherwise. ValueError: no such city."""
    city = pack.load(name)
    chosen = int(city.city.code) if seed is None else seed
    return Grown(header(city.city), Garden(city, Chance(chosen)).tables())


def header(city: City) -> Header:
    """The header of the city's edition."""
    return {
        "city": city.code,
        "name": city.name,
        "jurisdiction": city.jurisdiction,
        "version": city.edition.version,
        "effective_at": city.edition.effective_at,
        "calendar": city.edition.calendar,
        "amber": "",
        "note": "",
    }


@dataclass(frozen=True)
class Garden:
    """What one edition is grown from."""

    pack: Pack
    chance: Chance

    @cached_property
    def city(self) -> City:
        return self.pack.city

    def tables(self) -> Tables:
        """Every table, every row with every column."""
        staff = grow_people.staff(self.pack, self.chance)
        grown: dict[Table, Iterator[dict[str, str]]] = {
            "organisations": self._organisations(),
            "grids": grow_people.grids(self.city, staff, self.chance),
            "posts": grow_people.posts(staff),
            "people": grow_people.people(staff),
            "categories": self._categories(),
            "duty": self._duty(),
            "limits": self._limits(),
            "codes": self._codes(),
            "risks": iter(shared("risks")["risks"]),
            "local_days": self._local_days(),
            "calendar": iter([{"record": calendar(self.city.edition.calendar)}]),
        }
        return {table: self._filled(table, rows) for table, rows in grown.items()}

    def _filled(self, table: Table, rows: Iterator[dict[str, str]]) -> Sequence[Row]:
        columns = COLUMNS[table]
        since = {"valid_from": self.city.edition.since.isoformat()} if "valid_from" in columns else {}
        return [dict.fromkeys(columns, "") | since | row for row in rows]

    def _organisations(self) -> Iterator[dict[str, str]]:
        for org in self.city.tree():
            hours = self.city.hours if org.parent is None else ""
            named = {"code": org.code, "name": org.name, "type": org.type}
            yield {**named, "parent": org.parent or "", "hours": hours}

    def _categories(self) -> Iterator[dict[str, str]]:
        known = {category.code for category in self.city.categories}
        for category in self.city.categories:
            above = category.code.rpartition(".")[0]
            while above and above not in known:
                above = above.rpartition(".")[0]
            yield {"code": category.code, "name": category.name, "parent": above}

    def _duty(self) -> Iterator[dict[str, str]]:
        for category, (lead, *assists) in self.city.duty.items():
            yield {"category": category, "area": self.city.code, "lead": lead, "assists": ";".join(assists)}

    def _limits(self) -> Iterator[dict[str, str]]:
        """The city's own lines take the place of the shared ones for the same clock, category and urgency."""
        usual = {"category": EVERY, "urgency": EVERY}
        lines = [{**usual, **line} for line in (*shared("limits")["limits"], *self.city.limits)]
        yield from {(line["clock"], line["category"], line["urgency"]): line for line in lines}.values()

    def _codes(self) -> Iterator[dict[str, str]]:
        tables: Mapping[str, Mapping[str, str]] = shared("codes")["codes"]
        for table, entries in tables.items():
            for code, label in entries.items():
                yield {"table": table, "code": code, "label": label}

    def _local_days(self) -> Iterator[dict[str, str]]:
        for local in self.city.local_days:
            yield {"org": local.org, "day": local.day.isoformat(), "hours": local.hours}


def calendar(name: str) -> str:
    """The record of a shipped calendar (deploy/calendars) as canonical JSON, days as text."""
    record: Any = yaml.safe_load((CALENDARS / f"{name}.yaml").read_text(encoding="utf-8"))
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
