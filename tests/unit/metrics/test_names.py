"""Pages call organisations by the names of the reference data, and by their codes where it gives none."""

import json
from datetime import UTC, datetime

import pytest

from libs.reference import Library
from libs.reference.library import add
from libs.reference.tables import Row, Tables
from services.metrics.naming import names

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
YEAR = {"first": "2026-01-01", "last": "2026-12-31", "official_until": "2026-12-31"}
CALENDAR: Row = {"record": json.dumps({"version": "cn-1", **YEAR, "notices": []})}


def library(**editions: tuple[str, dict[str, str]]) -> Library:
    """Editions by name: the day they rule from, and their organisations."""
    made = Library()
    for version, (day, units) in editions.items():
        rows = [
            {"code": code, "name": name, "type": "CITY", "parent": "", "hours": ""}
            for code, name in units.items()
        ]
        period = {"valid_from": "2020-01-01", "valid_to": ""}
        tables: Tables = {"organisations": [row | period for row in rows], "calendar": [CALENDAR]}
        effective = f"{day}T00:00:00+08:00"
        add(made, tables, {"version": version, "city": next(iter(units)), "effective_at": effective})
    return made


TWO = library(
    old=("2026-01-01", {"root": "旧名", "closed-office": "撤并单位"}),
    ruling=("2026-02-01", {"root": "现名"}),
    coming=("2026-06-01", {"root": "新名", "new-office": "新设单位"}),
)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("root", "现名"),
        ("closed-office", "撤并单位"),
        ("new-office", "新设单位"),
        ("unknown", "unknown"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_the_edition_in_force_names_an_organisation_else_the_newest_that_knows_it(
    code: str | None, name: str
) -> None:
    assert names(TWO, NOW)(code) == name


def test_without_reference_data_a_code_is_its_own_name() -> None:
    assert names(Library(), NOW)("dwk-urban") == "dwk-urban"


def test_an_edition_names_what_it_names_from_its_day_on() -> None:
    assert names(TWO, datetime(2026, 1, 5, tzinfo=UTC))("root") == "旧名"
    assert names(TWO, datetime(2026, 6, 5, tzinfo=UTC))("root") == "新名"
