"""An edition answers: limits, office hours, the tree, grids, people and duties, each on a day."""

from datetime import date, datetime, time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.reference import Edition, build_library
from libs.worktime import Limit, Span
from libs.worktime.schedule import CHINA
from tests.unit.reference.packs import header, tables

MARCH, AUGUST = date(2026, 3, 2), date(2026, 8, 3)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return build_library(tables(), header()).edition("640202-2026.1")


@pytest.mark.parametrize(
    ("category", "urgency", "day", "limit"),
    [
        ("5", "1", MARCH, Limit(5, "wd")),
        ("5", "2", MARCH, Limit(3, "wd")),
        ("2.EVENT.STALL", "2", MARCH, Limit(8, "wh")),
        ("2.EVENT", "1", MARCH, Limit(8, "wh")),
        ("2.EVENT", "1", AUGUST, Limit(4, "wh")),
        ("2.EVENTS", "1", MARCH, Limit(5, "wd")),
        ("2.EVENT.LITTER", "1", MARCH, Limit(8, "wh")),
        ("2.EVENT.LITTER", "3", MARCH, None),
    ],
)
def test_the_longest_path_wins_then_the_exact_urgency(
    edition: Edition, category: str, urgency: str, day: date, limit: Limit | None
) -> None:
    rule = edition.limit("HANDLE", category, urgency, day)
    assert rule is not None
    assert rule.limit == limit


def test_no_rule_is_no_clock_and_no_limit_is_a_rule(edition: Edition) -> None:
    assert edition.limit("SIGN", "5", "1", MARCH) is None
    assert edition.limit("HANDLE", "5", "1", date(2018, 12, 31)) is None
    rule = edition.limit("HANDLE", "2.EVENT.LITTER", "3", MARCH)
    assert rule is not None
    assert rule.source == "处置时限表"


def test_a_clock_warns_at_its_own_share_or_at_that_of_the_edition(edition: Edition) -> None:
    own, usual = (edition.limit("HANDLE", category, "1", MARCH) for category in ("2.EVENT", "5"))
    assert own is not None
    assert usual is not None
    assert (own.amber, usual.amber, edition.amber) == (Fraction(1, 2), Fraction(7, 10), Fraction(7, 10))


PATHS = st.sampled_from(["*", "2", "2.EVENT", "2.EVENT.LITTER", "5"])
GRADES = st.sampled_from(["*", "1", "2", "3"])


@settings(max_examples=40)
@given(
    rules=st.dictionaries(st.tuples(PATHS, GRADES), st.integers(1, 99), max_size=12),
    category=st.sampled_from(["2", "2.EVENT", "2.EVENT.LITTER", "2.EVENT.STALL", "5", "9"]),
    urgency=st.sampled_from(["1", "2", "3"]),
)
def test_the_rule_found_is_the_most_specific_that_fits(
    rules: dict[tuple[str, str], int], category: str, urgency: str
) -> None:
    pack = tables()
    line = {"clock": "HANDLE", "amber": "", "source": "x", "valid_from": "", "valid_to": ""}
    pack["limits"] = [
        {**line, "category": path, "urgency": grade, "limit": f"{amount}wd"}
        for (path, grade), amount in rules.items()
    ]
    fitting = [
        (path.count(".") + (path != "*"), grade != "*", amount)
        for (path, grade), amount in rules.items()
        if (path == "*" or f"{category}.".startswith(f"{path}.")) and grade in {"*", urgency}
    ]
    found = build_library(pack, header()).edition("640202-2026.1").limit("HANDLE", category, urgency, MARCH)
    assert (found.limit.amount if found and found.limit else None) == (max(fitting)[2] if fitting else None)


def hours(text: str) -> tuple[Span, ...]:
    pairs = [part.split("-") for part in text.split(",")]
    return tuple(Span(time.fromisoformat(a), time.fromisoformat(b)) for a, b in pairs)


@pytest.mark.parametrize(
    ("org", "expected"),
    [
        (None, "08:30-12:00,14:00-17:30"),
        ("centre", "08:30-12:00,13:30-17:00"),
        ("urban-team", "08:30-12:00,14:00-17:30"),
        ("640202001001", "08:30-12:00,14:00-17:30"),
        ("640202001002", "09:00-12:00,14:00-18:00"),
        ("unheard-of", "08:30-12:00,14:00-17:30"),
    ],
)
def test_office_hours_are_inherited_down_the_tree(edition: Edition, org: str | None, expected: str) -> None:
    assert edition.schedule(org, MARCH).hours == hours(expected)


def test_a_local_day_holds_below_unless_a_unit_has_its_own(edition: Edition) -> None:
    off, half = date(2026, 3, 4), date(2026, 3, 5)
    assert edition.schedule("centre", MARCH).spans(off) == ()
    assert edition.schedule("640202001002", MARCH).spans(off) == ()
    assert edition.schedule("640202001001", MARCH).spans(off) == hours("10:00-11:00")
    assert edition.schedule("640202001001", MARCH).spans(half) == hours("09:00-11:00")
    assert edition.schedule("centre", MARCH).spans(half) == hours("08:30-12:00,13:30-17:00")


def test_units_of_one_kind_share_one_schedule(edition: Edition) -> None:
    assert edition.schedule("urban", MARCH) is edition.schedule("urban-team", AUGUST)
    assert edition.schedule("urban", MARCH) is edition.schedule(None, AUGUST)
    assert edition.schedule("centre", MARCH) is not edition.schedule("urban", MARCH)


def test_hours_change_with_the_row_that_holds_them() -> None:
    pack = tables()
    pack["organisations"][3]["hours"] = "09:00-10:00"
    edition = build_library(pack, header()).edition("640202-2026.1")
    assert edition.schedule("urban-team", date(2026, 6, 30)).hours == hours("09:00-10:00")
    assert edition.schedule("urban-team", date(2026, 7, 1)).hours == hours("08:30-12:00,14:00-17:30")


def test_the_tree_is_asked_upwards(edition: Edition) -> None:
    assert edition.parent("640202001001", MARCH) == "640202001"
    assert edition.parent("640202", MARCH) is None
    assert edition.parent("unheard-of", MARCH) is None
    assert edition.within("640202001001", "640202", MARCH)
    assert edition.within("640202001001", "640202001001", MARCH)
    assert not edition.within("640202001", "640202001001", MARCH)
    assert not edition.within("unheard-of", "640202", MARCH)


@pytest.mark.parametrize(("day", "name"), [(MARCH, "执法大队"), (AUGUST, "执法支队")])
def test_a_code_means_what_it_meant_that_day(edition: Edition, day: date, name: str) -> None:
    unit = edition.organisation("urban-team", day)
    assert unit is not None
    assert unit.name == name
    assert edition.organisation("urban-team", date(2018, 12, 31)) is None


@pytest.mark.parametrize(
    ("day", "person"), [(date(2025, 12, 31), "grid-002"), (date(2026, 1, 1), "grid-003")]
)
def test_a_grid_has_one_person_on_every_day(edition: Edition, day: date, person: str) -> None:
    grid = edition.grid("640202001002001", day)
    assert grid is not None
    assert (grid.person, grid.kind, grid.org) == (person, "SPECIAL", "640202001002")


def test_people_posts_codes_and_colours_are_found(edition: Edition) -> None:
    (clerk,) = edition.person("clerk-001", MARCH)
    assert (clerk.org, clerk.post, clerk.roles) == ("urban", "clerk", ("UNT",))
    assert edition.person("clerk-001", date(2024, 6, 1)) == ()
    post, code = edition.post("clerk", MARCH), edition.code("CH", "03", MARCH)
    risk, category = edition.risk("RED", MARCH), edition.category("2.EVENT", MARCH)
    assert post is not None
    assert code is not None
    assert risk is not None
    assert category is not None
    assert (post.name, code.label, risk.meaning, category.label) == ("经办人", "12345热线", "重点类", "事件")


@pytest.mark.parametrize(
    ("category", "area", "lead"),
    [
        ("2.EVENT.LITTER", "640202001001", "urban-team"),
        ("2.EVENT.STALL", "640202001001", "640202001"),
        ("2.EVENT.STALL", "640202", "urban"),
        ("5", "640202", None),
    ],
)
def test_the_duty_list_answers_for_the_branch_and_the_nearest_area(
    edition: Edition, category: str, area: str, lead: str | None
) -> None:
    found = edition.duty(category, area, MARCH)
    assert (found.lead if found else None) == lead


def test_an_edition_says_what_it_is(edition: Edition) -> None:
    assert (edition.version, edition.city, edition.calendar_version) == (
        "640202-2026.1",
        "640202",
        "cn-2026.1",
    )
    assert edition.effective_at == datetime(2026, 1, 1, tzinfo=CHINA)
    assert len(list(edition.limits())) == 6
