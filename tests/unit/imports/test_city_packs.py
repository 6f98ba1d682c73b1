"""A city pack is complete and consistent, and its figures carry where they were printed."""

import pytest

from deploy.cities.pack import Kind, cities, load
from deploy.demo.recipe import recipe
from deploy.register import mapping

ROLES_OF_THE_LOOP = ("GRD", "REV", "DSP", "UNT", "CLS", "MED", "MCM", "ADM", "MTR", "HOT")


def test_xiangyang_has_the_published_tree() -> None:
    city = load("xiangyang").city
    kinds: tuple[Kind, ...] = ("DISTRICT", "STREET", "COMMUNITY", "COMMITTEE")
    counts = {kind: len(city.of_type(kind)) for kind in kinds}
    assert counts == {"DISTRICT": 12, "STREET": 115, "COMMUNITY": 2776, "COMMITTEE": 8}


def test_dawukou_has_16_departments_and_four_levels() -> None:
    city = load("dawukou").city
    assert len(city.of_type("DEPARTMENT")) == 16
    assert city.of_type("DISTRICT")
    assert city.of_type("STREET")
    assert city.of_type("COMMUNITY")
    assert len(city.of_type("COMMUNITY")) * city.grids_per_community == 318


@pytest.mark.parametrize("name", cities())
def test_codes_are_unique_and_parents_exist(name: str) -> None:
    tree = load(name).city.tree()
    codes = {org.code for org in tree}
    assert len(codes) == len(tree)
    assert {org.parent for org in tree if org.parent} <= codes


@pytest.mark.parametrize("name", cities())
def test_people_belong_to_the_tree_and_every_role_of_the_loop_is_filled(name: str) -> None:
    pack = load(name)
    assert {person.org for person in pack.people} <= {org.code for org in pack.city.tree()}
    assert all(pack.person(role) for role in ROLES_OF_THE_LOOP)


@pytest.mark.parametrize("name", cities())
def test_nobody_handles_and_closes(name: str) -> None:
    pack = load(name)
    assert pack.person("UNT").user != pack.person("CLS").user != pack.person("DSP").user


@pytest.mark.parametrize("name", cities())
def test_every_figure_names_a_register_of_the_pack_and_prints_its_quote(name: str) -> None:
    pack = load(name)
    maps = [mapping.load(pack.folder / register.mapping) for register in recipe(pack).registers]
    assert {figure.source for figure in pack.figures} == {plan.source_system for plan in maps}
    for figure in pack.figures:
        assert figure.display.removesuffix("%") in figure.quote


@pytest.mark.parametrize("name", cities())
def test_mappings_name_only_organisations_and_categories_of_the_pack(name: str) -> None:
    pack = load(name)
    codes = {org.code for org in pack.city.tree()}
    categories = {category.code for category in pack.city.categories}
    for register in recipe(pack).registers:
        plan = mapping.load(pack.folder / register.mapping)
        for column in plan.columns.values():
            if {"unit", "committee", "suggested_unit", "redispatched_unit"} & set(column.fields):
                assert set(column.values.values()) <= codes
            if "category" in column.fields:
                assert set(column.values.values()) <= categories
        assert set(register.weights) <= categories


def test_an_unknown_city_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="dawukou, dazhu, jiangbei, panjin, xiangyang"):
        load("atlantis")
