"""A pack grows to the published numbers, whole and valid, from its small sources and a seed."""

from collections import Counter
from datetime import date
from functools import cache

import pytest

from deploy.cities.grow import Grown, grow
from deploy.cities.pack import cities, load
from deploy.demo.recipe import recipe
from libs.reference import build_library, prepared, validate
from libs.reference.edition import Edition
from libs.reference.tables import Row

DAY = date(2026, 3, 2)


@cache
def grown(city: str) -> Grown:
    return grow(city)


@cache
def edition(city: str) -> Edition:
    pack = grown(city)
    return build_library(pack.tables, pack.header).edition(pack.header["version"])


def _with_role(city: str, role: str) -> int:
    return sum(role in row["roles"].split(";") for row in grown(city).tables["people"])


def _typed(city: str, kind: str, under: str | None = None) -> list[Row]:
    rows = grown(city).tables["organisations"]
    types = {row["code"]: row["type"] for row in rows}
    return [
        row for row in rows if row["type"] == kind and (under is None or types.get(row["parent"]) == under)
    ]


def test_there_are_five_packs() -> None:
    assert cities() == ["dawukou", "dazhu", "jiangbei", "panjin", "xiangyang"]


@pytest.mark.parametrize("city", cities())
def test_a_grown_pack_has_no_fault(city: str) -> None:
    pack = grown(city)
    assert validate(pack.tables, pack.header) == []


def test_panjin_has_2648_grids_51_town_rooms_and_528_village_places() -> None:
    assert len(grown("panjin").tables["grids"]) == 2648
    assert len(_typed("panjin", "COMMITTEE", "STREET")) == 51
    assert len(_typed("panjin", "COMMITTEE", "COMMUNITY")) == 528
    assert {row["type"] for row in grown("panjin").tables["organisations"]} >= {
        "CITY",
        "DISTRICT",
        "STREET",
        "COMMUNITY",
    }


def test_xiangyang_has_12_115_and_2776_centres_and_stations() -> None:
    counts = (
        len(_typed("xiangyang", "CENTRE", "DISTRICT")),
        len(_typed("xiangyang", "CENTRE", "STREET")),
        len(_typed("xiangyang", "STATION", "COMMUNITY")),
    )
    assert counts == (12, 115, 2776)


def test_xiangyang_has_16177_grid_workers_298_chief_mediators_and_11208_mediators() -> None:
    posts = Counter(row["post"].rpartition(".")[2] for row in grown("xiangyang").tables["people"])
    assert _with_role("xiangyang", "GRD") == posts["grid"] == 16177
    assert (posts["chief-mediator"], posts["mediator"]) == (298, 11208)
    assert _with_role("xiangyang", "MED") == 298 + 11208


def test_dazhu_has_1_31_69_and_321_centres_and_over_a_thousand_grid_workers() -> None:
    villages = [row for row in _typed("dazhu", "CENTRE", "COMMUNITY") if int(row["parent"][9:]) > 200]
    counts = (
        len(_typed("dazhu", "CENTRE", "DISTRICT")),
        len(_typed("dazhu", "CENTRE", "STREET")),
        len(_typed("dazhu", "CENTRE", "COMMUNITY")) - len(villages),
        len(villages),
    )
    assert counts == (1, 31, 69, 321)
    assert 1000 < _with_role("dazhu", "GRD") < 2000


def test_jiangbei_has_over_800_invited_members_and_a_team_of_four_for_a_grid() -> None:
    assert 800 < _with_role("jiangbei", "EXP") < 900
    assert len(_typed("jiangbei", "STREET")) == 12
    assert _with_role("jiangbei", "GRD") == 4 * len(grown("jiangbei").tables["grids"])
    assert sum(row["code"].startswith("jb-pc-") for row in _typed("jiangbei", "COMMITTEE")) > 10


def test_dawukou_has_16_departments_and_318_grids() -> None:
    assert len(_typed("dawukou", "DEPARTMENT")) == 16
    assert len(grown("dawukou").tables["grids"]) == _with_role("dawukou", "GRD") == 318


@pytest.mark.parametrize("city", cities())
def test_every_grid_has_a_grid_worker_of_its_community_of_its_own(city: str) -> None:
    tables = grown(city).tables
    workers = {row["user"]: row for row in tables["people"] if "GRD" in row["roles"]}
    persons = [row["person"] for row in tables["grids"]]
    assert len(set(persons)) == len(persons)
    assert all(workers[row["person"]]["org"] == row["org"] for row in tables["grids"])


@pytest.mark.parametrize("city", cities())
def test_the_named_people_are_part_of_the_grown_ones(city: str) -> None:
    people = {(row["user"], row["org"], row["roles"]) for row in grown(city).tables["people"]}
    assert {(one.user, one.org, ";".join(one.roles)) for one in load(city).people} <= people


@pytest.mark.parametrize("city", cities())
def test_the_demo_plays_in_a_grid_of_the_pack_and_the_duty_list_names_its_unit(city: str) -> None:
    live, whole = recipe(load(city)).live, edition(city)
    grid = whole.grid(live.grid, DAY)
    assert grid is not None
    assert grid.org == live.community
    duty = whole.duty(live.category, live.community, DAY)
    assert duty is not None
    assert duty.lead == live.unit


def test_the_register_of_dawukou_goes_to_the_units_of_its_duty_list() -> None:
    register = recipe(load("dawukou")).registers[0]
    for category, (right, *_) in register.units.items():
        duty = edition("dawukou").duty(category, "640202001001", DAY)
        assert duty is not None
        assert duty.lead == right


def test_the_same_seed_gives_the_same_edition_and_another_seed_other_people() -> None:
    def digest(pack: Grown) -> str:
        return prepared(pack.tables, pack.header)[0].digest

    again, other = grow("dawukou"), grow("dawukou", seed=7)
    assert digest(again) == digest(grown("dawukou"))
    assert digest(other) != digest(again)
    assert {table: len(rows) for table, rows in other.tables.items()} == {
        table: len(rows) for table, rows in again.tables.items()
    }
    invented = {row["user"] for row in again.tables["people"]} - {one.user for one in load("dawukou").people}
    assert invented.isdisjoint(row["user"] for row in other.tables["people"])


@pytest.mark.parametrize(
    ("clock", "category", "urgency", "limit"),
    [
        ("REVIEW", "4.HEATING", "1", "1wd"),
        ("REVIEW", "4.HEATING", "3", "30min"),
        ("DISPATCH", "4.HEATING", "1", "4wh"),
        ("SIGN", "2.EVENT.LITTER", "1", "1wd"),
        ("SIGN", "2.EVENT.LITTER", "2", "30min"),
        ("SIGN", "4.WATER", "3", "15min"),
        ("HANDLE", "4.WATER", "1", "5wd"),
        ("HANDLE", "4.WATER", "2", "3wd"),
        ("HANDLE", "2.EVENT.LITTER", "1", "4wh"),
        ("HANDLE", "2.EVENT.LITTER", "3", "4wh"),
        ("CHECK", "4.WATER", "1", "2wd"),
        ("CALLBACK", "4.WATER", "1", "3wd"),
        ("PERIOD", "5.DC.02", "1", "30sd"),
        ("CONFIRMATION", "5.DC.02", "1", "30sd"),
    ],
)
@pytest.mark.parametrize("city", cities())
def test_every_pack_ships_the_known_limits_with_their_source(
    city: str, clock: str, category: str, urgency: str, limit: str
) -> None:
    rule = edition(city).limit(clock, category, urgency, DAY)
    assert rule is not None
    assert str(rule.limit) == limit
    assert rule.source


def test_the_local_days_of_ningxia_are_off_in_every_office_of_dawukou() -> None:
    holiday = date(2020, 5, 25)
    assert edition("dawukou").schedule("dwk-urban", holiday).spans(holiday) == ()
    assert edition("dawukou").schedule("dwk-urban", DAY).spans(DAY) != ()
    assert edition("panjin").schedule("pj-urban", holiday).spans(holiday) != ()
