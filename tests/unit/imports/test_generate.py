"""The generated register holds exactly the published counts, whatever else it invents."""

from collections import Counter
from datetime import datetime

import pytest

from deploy.cities.chance import Chance
from deploy.cities.pack import Pack, cities, load
from deploy.demo.generate import GeneratedRow, rows
from deploy.demo.lives import CASES, DISPUTES
from deploy.demo.recipe import Register, recipe
from deploy.register import mapping


def _generated(pack: Pack, register: Register, seed: int = 1) -> list[GeneratedRow]:
    kind = mapping.load(pack.folder / register.mapping).kind
    return rows(pack.city, register, kind, Chance(seed))


@pytest.fixture(scope="module")
def dawukou() -> Pack:
    return load("dawukou")


@pytest.fixture(scope="module")
def cases(dawukou: Pack) -> list[GeneratedRow]:
    return _generated(dawukou, recipe(dawukou).registers[0])


def test_dawukou_has_22211_matters_of_which_21343_are_closed(cases: list[GeneratedRow]) -> None:
    assert len(cases) == 22211
    assert sum(_is_closed(row) for row in cases) == 21343


def test_dawukou_has_4878_hotline_orders_among_them_of_which_4810_are_closed(
    cases: list[GeneratedRow],
) -> None:
    hotline = [row for row in cases if row["channel"] == "03"]
    assert (len(hotline), sum(_is_closed(row) for row in hotline)) == (4878, 4810)


def test_dawukou_has_1896_disputes_of_which_1813_are_resolved(dawukou: Pack) -> None:
    disputes = _generated(dawukou, recipe(dawukou).registers[1])
    assert (len(disputes), sum(row.get("outcome") == "RESOLVED" for row in disputes)) == (1896, 1813)


def test_xiangyang_has_the_published_mediations_of_both_years_and_of_the_committees() -> None:
    pack = load("xiangyang")
    city, committees = (_generated(pack, register) for register in recipe(pack).registers)
    by_year = Counter(_year(row) for row in city)
    agreed = Counter(_year(row) for row in city if "agreed_at" in row)
    assert (by_year, agreed) == ({2019: 48319, 2020: 30694}, {2019: 46803, 2020: 29518})
    assert (len(committees), sum("agreed_at" in row for row in committees)) == (1202, 1058)
    assert len({row["committee"] for row in committees}) == 8


@pytest.mark.parametrize("city", cities())
def test_every_life_of_a_recipe_is_known_and_occurs(city: str) -> None:
    pack = load(city)
    for register in recipe(pack).registers:
        kind = mapping.load(pack.folder / register.mapping).kind
        known = CASES if kind == "case" else DISPUTES
        assert {*register.completed, *register.open} <= set(known)


def test_the_open_rest_is_in_every_open_state(cases: list[GeneratedRow]) -> None:
    seen = {frozenset(name for name in row if name.endswith("_at")) - {"contacted_at"} for row in cases}
    assert {frozenset(steps) for steps in CASES.values()} <= seen


def test_the_same_seed_gives_the_same_register(dawukou: Pack) -> None:
    disputes = recipe(dawukou).registers[1]
    assert _generated(dawukou, disputes, 7) == _generated(dawukou, disputes, 7)
    assert _generated(dawukou, disputes, 7) != _generated(dawukou, disputes, 8)


def test_every_moment_lies_in_office_hours_on_a_weekday(cases: list[GeneratedRow]) -> None:
    for row in cases:
        for value in row.values():
            if isinstance(value, datetime):
                minute = value.hour * 60 + value.minute
                assert 510 <= minute <= 720 or 840 <= minute <= 1050
                assert value.isoweekday() <= 5


def test_nobody_reports_snow_in_july(cases: list[GeneratedRow]) -> None:
    months = {int(f"{row['filed_at']:%m}") for row in cases if row["category"] == "2.EVENT.SNOW"}
    assert months == {11, 12, 1, 2, 3}


def test_numbers_are_unique_and_in_order_of_filing(cases: list[GeneratedRow]) -> None:
    numbers = [str(row["external_no"]) for row in cases]
    assert len(set(numbers)) == len(numbers)
    assert [row["external_no"] for row in sorted(cases, key=lambda row: str(row["filed_at"]))] == numbers


def _is_closed(row: GeneratedRow) -> bool:
    return "reclosed_at" in row or ("closed_at" in row and "reopened_at" not in row)


def _year(row: GeneratedRow) -> int:
    moment = row["registered_at"]
    assert isinstance(moment, datetime)
    return moment.year
