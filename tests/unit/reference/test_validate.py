"""Every rule finds what breaks it, at its file, row and field; nothing hides anything else."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.cities.grow import grow
from libs.events.labels import LABELS
from libs.reference import Fault, Table, build_library, validate
from libs.reference.tables import file_of
from tests.unit.reference.packs import Rows, header, tables


def test_the_small_pack_breaks_no_rule() -> None:
    assert validate(tables(), header()) == []


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_a_grown_pack_breaks_no_rule_and_can_be_read(seed: int) -> None:
    grown = grow("dawukou", seed)
    assert validate(grown.tables, grown.header) == []
    assert build_library(grown.tables, grown.header).knows(grown.header["version"])


GROWN = grow("dawukou")
BREAKING: dict[tuple[Table, str], tuple[str, str]] = {
    ("organisations", "name"): ("", "missing_value"),
    ("organisations", "type"): ("OFFICE", "unknown_code"),
    ("grids", "person"): ("", "grid_without_person"),
    ("grids", "org"): ("nobody", "unknown_code"),
    ("people", "roles"): ("BOSS", "unknown_code"),
    ("people", "valid_to"): ("2000-01-01", "end_before_start"),
    ("categories", "parent"): ("9.NOWHERE", "unknown_parent"),
    ("duty", "lead"): ("nobody", "unknown_code"),
    ("limits", "limit"): ("5weeks", "unknown_unit"),
    ("local_days", "day"): ("2010-01-01", "calendar_missing"),
}


@settings(max_examples=30)
@given(st.sampled_from(sorted(BREAKING)), st.data())
def test_one_wrong_field_of_a_grown_pack_is_found(place: tuple[Table, str], data: st.DataObject) -> None:
    (table, column), (value, rule) = place, BREAKING[place]
    rows = [dict(row) for row in GROWN.tables[table]]
    number = data.draw(st.integers(0, len(rows) - 1))
    rows[number][column] = value
    faults = validate({**GROWN.tables, table: rows}, GROWN.header)
    found = [(fault.file, fault.row, fault.field, fault.rule) for fault in faults]
    assert (file_of(table), number + 2, column, rule) in found


@dataclass(frozen=True)
class Cell:
    """One changed field of a table: its file's row, and the rule that this breaks there (or elsewhere)."""

    table: Table
    row: int
    column: str
    value: str
    rule: str
    at: str = ""

    def change(self, pack: Rows) -> None:
        pack[self.table][self.row - 2][self.column] = self.value

    def found(self, faults: list[Fault]) -> bool:
        where = (file_of(self.table), self.row, self.at or self.column, self.rule)
        return any((fault.file, fault.row, fault.field, fault.rule) == where for fault in faults)


CELLS = [
    Cell("organisations", 2, "hours", "08:30-12:00,11:00-17:30", "hours_out_of_order"),
    Cell("organisations", 2, "hours", "12:00-08:30", "hours_out_of_order"),
    Cell("organisations", 2, "hours", "8.30 to 12", "malformed_hours"),
    Cell("organisations", 2, "hours", "08:30-25:00", "malformed_hours"),
    Cell("organisations", 3, "code", "治理中心", "malformed_value"),
    Cell("organisations", 3, "name", "", "missing_value"),
    Cell("organisations", 3, "name", "两\n行", "malformed_text"),
    Cell("organisations", 3, "name", "长" * 501, "malformed_text"),
    Cell("organisations", 3, "name", " 治理中心", "malformed_text"),
    Cell("organisations", 3, "type", "OFFICE", "unknown_code"),
    Cell("organisations", 3, "parent", "nobody", "unknown_parent"),
    Cell("organisations", 3, "valid_from", "2019-02-30", "malformed_day"),
    Cell("organisations", 3, "valid_from", "01.02.2019", "malformed_day"),
    Cell("organisations", 3, "valid_to", "2018-12-31", "end_before_start"),
    Cell("organisations", 3, "parent", "", "wrong_type_of_parent"),
    Cell("organisations", 7, "parent", "urban", "wrong_type_of_parent"),
    Cell("organisations", 8, "parent", "640202", "wrong_type_of_parent"),
    Cell("organisations", 8, "valid_from", "2018-01-01", "gap_in_validity", at="parent"),
    Cell("organisations", 6, "valid_from", "2026-06-30", "overlap_in_validity"),
    Cell("organisations", 6, "valid_from", "2026-07-02", "gap_in_validity"),
    Cell("grids", 2, "code", "64020200100100", "malformed_value"),
    Cell("grids", 2, "kind", "OTHER", "unknown_code"),
    Cell("grids", 2, "org", "nobody", "unknown_code"),
    Cell("grids", 2, "org", "640202001", "wrong_type_of_parent"),
    Cell("grids", 2, "person", "", "grid_without_person"),
    Cell("grids", 2, "person", "nobody", "unknown_code"),
    Cell("grids", 2, "person", "dispatcher-001", "wrong_role"),
    Cell("grids", 2, "person", "grid-001;grid-003", "malformed_value"),
    Cell("grids", 2, "person", "grid-003", "grid_without_person"),
    Cell("grids", 4, "valid_from", "2025-12-31", "overlap_in_validity"),
    Cell("posts", 2, "org", "nobody", "unknown_code"),
    Cell("people", 2, "roles", "GRD;BOSS", "unknown_code"),
    Cell("people", 2, "roles", "", "missing_value"),
    Cell("people", 2, "user", "张 三", "malformed_value"),
    Cell("people", 2, "org", "nobody", "unknown_code"),
    Cell("people", 5, "post", "nobody", "unknown_code"),
    Cell("people", 5, "post", "clerk", "post_of_another_unit"),
    Cell("people", 7, "valid_from", "2023-12-31", "overlap_in_validity"),
    Cell("categories", 4, "parent", "5", "wrong_type_of_parent"),
    Cell("categories", 4, "parent", "", "missing_value"),
    Cell("categories", 3, "parent", "7", "unknown_parent"),
    Cell("categories", 5, "code", "2.a", "malformed_value"),
    Cell("duty", 2, "category", "7", "unknown_code"),
    Cell("duty", 2, "area", "nobody", "unknown_code"),
    Cell("duty", 2, "lead", "nobody", "unknown_code"),
    Cell("duty", 2, "assists", "urban;nobody", "unknown_code"),
    Cell("duty", 2, "lead", "", "missing_value"),
    Cell("limits", 2, "clock", "WAIT", "unknown_code"),
    Cell("limits", 2, "category", "7", "unknown_code"),
    Cell("limits", 2, "category", "2.EV", "unknown_code"),
    Cell("limits", 2, "urgency", "4", "unknown_code"),
    Cell("limits", 2, "limit", "5weeks", "unknown_unit"),
    Cell("limits", 2, "limit", "0wd", "amount_out_of_range"),
    Cell("limits", 2, "limit", "", "missing_value"),
    Cell("limits", 2, "amber", "0", "malformed_percent"),
    Cell("limits", 2, "amber", "101", "malformed_percent"),
    Cell("limits", 2, "source", "", "missing_value"),
    Cell("limits", 5, "valid_from", "2026-07-02", "gap_in_validity"),
    Cell("limits", 5, "valid_from", "2026-06-30", "overlap_in_validity"),
    Cell("limits", 5, "valid_from", "2026-06-01", "overlap_in_validity"),
    Cell("codes", 2, "table", "ch", "malformed_value"),
    Cell("codes", 3, "code", "01", "overlap_in_validity", at="valid_from"),
    Cell("risks", 2, "colour", "PINK", "unknown_code"),
    Cell("risks", 2, "meaning", "", "missing_value"),
    Cell("local_days", 2, "org", "nobody", "unknown_code"),
    Cell("local_days", 2, "day", "", "missing_value"),
    Cell("local_days", 2, "day", "2031-01-01", "calendar_missing"),
    Cell("local_days", 3, "hours", "closed", "malformed_hours"),
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_changed_field_is_found_where_it_stands(cell: Cell) -> None:
    pack = tables()
    cell.change(pack)
    assert cell.found(validate(pack, header()))


@settings(max_examples=40)
@given(st.lists(st.sampled_from(CELLS), min_size=2, unique_by=lambda cell: (cell.table, cell.row)))
def test_no_fault_hides_another(cells: list[Cell]) -> None:
    """Of changes in different rows each is found; those that need a sound neighbour are asked alone above."""
    pack = tables()
    for cell in cells:
        cell.change(pack)
    faults = validate(pack, header())
    assert [cell for cell in cells if not cell.found(faults) and cell.rule in FIELD_RULES] == []


FIELD_RULES = {
    "missing_value", "malformed_value", "malformed_text", "malformed_hours", "malformed_percent",
    "malformed_day", "hours_out_of_order", "unknown_unit", "amount_out_of_range", "unknown_parent",
    "end_before_start", "grid_without_person",
}  # fmt: skip


def copied(pack: Rows, table: Table, row: int, **changes: str) -> None:
    pack[table].append(pack[table][row - 2] | changes)


def twice(pack: Rows, _: dict[str, str]) -> None:
    copied(pack, "codes", 2)


def local_day_twice(pack: Rows, _: dict[str, str]) -> None:
    copied(pack, "local_days", 2, hours="09:00-10:00")


def under_two(pack: Rows, _: dict[str, str]) -> None:
    copied(pack, "organisations", 8, parent="640202009", valid_from="2026-01-01")


def in_a_ring(pack: Rows, _: dict[str, str]) -> None:
    copied(pack, "organisations", 4, code="a", parent="b")
    copied(pack, "organisations", 4, code="b", parent="c")
    copied(pack, "organisations", 4, code="c", parent="a")


def in_a_ring_since_july(pack: Rows, _: dict[str, str]) -> None:
    pack["organisations"][2]["valid_to"] = "2026-06-30"
    copied(pack, "organisations", 4, parent="urban-team", valid_from="2026-07-01", valid_to="")


def above_itself(pack: Rows, _: dict[str, str]) -> None:
    pack["organisations"][2]["parent"] = "urban"


def two_roots(pack: Rows, _: dict[str, str]) -> None:
    copied(pack, "organisations", 2, code="640205")


def worker_gone(pack: Rows, _: dict[str, str]) -> None:
    pack["people"][0]["valid_to"] = "2026-08-31"


def parent_gone(pack: Rows, _: dict[str, str]) -> None:
    pack["organisations"][5]["valid_to"] = "2026-08-31"


def no_file(pack: Rows, _: dict[str, str]) -> None:
    del pack["posts"]


def no_column(pack: Rows, _: dict[str, str]) -> None:
    for row in pack["risks"]:
        del row["meaning"]


def another_column(pack: Rows, _: dict[str, str]) -> None:
    for row in pack["risks"]:
        row["remark"] = "x"


def no_calendar(pack: Rows, _: dict[str, str]) -> None:
    del pack["calendar"]


def calendar_of_two(pack: Rows, _: dict[str, str]) -> None:
    pack["calendar"].append(pack["calendar"][0])


def calendar_with(
    pack: Rows, change: Callable[[dict[str, list[dict[str, list[dict[str, object]]]]]], None]
) -> None:
    record = json.loads(pack["calendar"][0]["record"])
    change(record)
    pack["calendar"] = [{"record": json.dumps(record)}]


def no_json(pack: Rows, _: dict[str, str]) -> None:
    pack["calendar"] = [{"record": "{"}]


def two_wrong_notices(pack: Rows, _: dict[str, str]) -> None:
    def change(record: dict[str, list[dict[str, list[dict[str, object]]]]]) -> None:
        record["notices"][0]["holidays"][0]["days"] = 9
        record["notices"][2]["holidays"][1]["work"] = ["2020-01-20"]

    calendar_with(pack, change)


def head(**changes: str) -> Callable[[Rows, dict[str, str]], None]:
    def change(_: Rows, written: dict[str, str]) -> None:
        written.update(changes)

    return change


WHOLE = [
    (twice, ("codes.csv", 4, "table", "duplicate_row")),
    (local_day_twice, ("local_days.csv", 5, "org", "duplicate_row")),
    (under_two, ("organisations.csv", 10, "parent", "two_parents")),
    (in_a_ring, ("organisations.csv", 10, "parent", "cycle")),
    (in_a_ring, ("organisations.csv", 11, "parent", "cycle")),
    (in_a_ring, ("organisations.csv", 12, "parent", "cycle")),
    (in_a_ring_since_july, ("organisations.csv", 10, "parent", "cycle")),
    (in_a_ring_since_july, ("organisations.csv", 6, "parent", "cycle")),
    (above_itself, ("organisations.csv", 4, "parent", "cycle")),
    (two_roots, ("organisations.csv", 10, "parent", "second_root")),
    (worker_gone, ("grids.csv", 2, "person", "grid_without_person")),
    (parent_gone, ("organisations.csv", 8, "parent", "gap_in_validity")),
    (parent_gone, ("organisations.csv", 9, "parent", "gap_in_validity")),
    (no_file, ("posts.csv", 0, "", "missing_file")),
    (no_file, ("people.csv", 5, "post", "unknown_code")),
    (no_column, ("risks.csv", 1, "meaning", "missing_column")),
    (another_column, ("risks.csv", 1, "remark", "unknown_column")),
    (no_calendar, ("pack.yaml", 0, "calendar", "missing_value")),
    (calendar_of_two, ("pack.yaml", 0, "calendar", "calendar_malformed")),
    (no_json, ("pack.yaml", 0, "calendar", "calendar_malformed")),
    (two_wrong_notices, ("pack.yaml", 0, "calendar.days[0]", "day_count_differs")),
    (two_wrong_notices, ("pack.yaml", 0, "calendar.work[2]", "make_up_day_on_weekday")),
    (head(city="640299"), ("pack.yaml", 0, "city", "unknown_code")),
    (head(effective_at="2026-01-01T00:00:00"), ("pack.yaml", 0, "effective_at", "zone_missing")),
    (head(effective_at="tomorrow"), ("pack.yaml", 0, "effective_at", "malformed_instant")),
    (head(effective_at="2035-01-01T00:00:00Z"), ("pack.yaml", 0, "effective_at", "calendar_missing")),
    (head(version="第一版"), ("pack.yaml", 0, "version", "malformed_value")),
    (head(amber="many"), ("pack.yaml", 0, "amber", "malformed_percent")),
    (head(name=""), ("pack.yaml", 0, "name", "missing_value")),
    (head(mayor="x"), ("pack.yaml", 0, "mayor", "unknown_column")),
]


@pytest.mark.parametrize(("change", "expected"), WHOLE)
def test_what_rows_say_together_is_checked(
    change: Callable[[Rows, dict[str, str]], None], expected: tuple[str, int, str, str]
) -> None:
    pack, written = tables(), header()
    change(pack, written)
    faults = validate(pack, written)
    assert expected in [(fault.file, fault.row, fault.field, fault.rule) for fault in faults]


def test_every_rule_has_words_for_the_operator() -> None:
    rules = {cell.rule for cell in CELLS} | {expected[3] for _, expected in WHOLE}
    assert sorted(rules - {code.removeprefix("fault.") for code in LABELS}) == []


def test_a_person_may_leave_and_come_back() -> None:
    pack = tables()
    pack["people"][5]["valid_from"] = "2026-02-01"
    assert validate(pack, header()) == []


def test_departments_may_lie_as_deep_as_they_like() -> None:
    pack = tables()
    for depth in range(50):
        copied(
            pack, "organisations", 4, code=f"deep-{depth}", parent=f"deep-{depth - 1}" if depth else "urban"
        )
    assert validate(pack, header()) == []
    edition = build_library(pack, header()).edition("640202-2026.1")
    assert edition.within("deep-49", "640202", edition.effective_at.date())
