"""The pages say what was measured and how the rest follows from it."""

import json
from pathlib import Path

import pytest

from bench import page, sizing
from bench.measure import Comparison, Goal, Result, Sample, compare
from bench.report import save

CASE = {
    **{f"ms {name}": 2.0 for name in sizing.PROCESSES},
    **{f"idle {name}": 10.0 for name in sizing.PROCESSES},
    **{f"rss {name}": 100.0 for name in sizing.PROCESSES},
    **{f"kept {name}": 1000.0 for name in (*sizing.STAGES, "Kafka")},
    **{f"week {name}": 500.0 for name in sizing.STAGES},
    "WAL": 40_000.0,
}


def results() -> list[Result]:
    command = {"command": [Sample(1800, 1.0, {"p99": 9.0})], "echo": [Sample(3600, 1.0)]}
    ratio = Comparison("C1", "command / echo", "command", "echo", Goal(0.45, 0.65, 0.8))
    rest = {
        page.CASE: [Sample(100, 10.0, CASE)],
        "steady, whole batches": [Sample(10_000, 1.0)],
        "rebuild, 2 processes": [Sample(150_000, 1.0)],
        "fold, held in memory": [Sample(1, 1.0, {"memory": 400.0})],
    }
    return [Result("http", command, compare(command, [ratio])), Result("e2e", rest, ())]


@pytest.fixture
def bodies(tmp_path: Path) -> list[page.Body]:
    save(results(), tmp_path / "found.json")
    return [json.loads((tmp_path / "found.json").read_text())]


def test_the_table_has_a_line_per_ratio_with_its_bounds(bodies: list[page.Body]) -> None:
    lines = page.ratios(bodies)
    assert "| 1 | C1 | command / echo | 0.45 | 0.65 | 0.8 | 0.50 | 0.50 | 0.50 | floor |" in lines
    assert "| 1 | http: command | 1,800 | p99 9 |" in lines


def test_each_line_names_its_run(bodies: list[page.Body]) -> None:
    lines = page.ratios([*bodies, *bodies])
    assert [line[:13] for line in lines[:2]] == ["1. `python -m", "2. `python -m"]
    assert sum(line.startswith("| 2 | C1 |") for line in lines) == 1


def test_a_city_of_a_million_cases(bodies: list[page.Body]) -> None:
    found = page.measured(bodies)
    assert found is not None
    cells = {
        line.split(" | ")[0].strip("| "): line.split(" | ")[-2:]
        for line in sizing.block(found)
        if "|" in line
    }
    assert cells["cases at peak"] == ["0.69 a second", "6.94 a second |"]
    assert cells["cores"] == ["0.14", "0.29 |"]
    assert cells["databases"] == ["4 GB a year", "40 GB a year |"]
    assert cells["rebuild of one year"] == ["1.1 minutes", "11.1 minutes |"]
    assert cells["partitions"] == ["12", "12 |"]


def test_without_the_cost_of_a_case_nothing_is_said_about_cities(bodies: list[page.Body]) -> None:
    bodies[0]["results"].pop()
    assert page.measured(bodies) is None


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"before\n\n{page.BEGIN}\nold\n{page.END}\n\nafter\n")
    page.write(file, ["new"])
    page.write(file, ["newer"])
    assert file.read_text() == f"before\n\n{page.BEGIN}\n\nnewer\n\n{page.END}\n\nafter\n"


def test_only_drawn_curves_are_shown_each_with_what_bends_it(tmp_path: Path) -> None:
    assert page.curves(tmp_path) == []
    (tmp_path / "log-size.svg").write_text("<svg/>")
    shown = page.curves(tmp_path)
    assert "![log-size](performance/log-size.svg)" in shown
    assert page.BENDS["log-size"] in shown
    assert len(shown) == 6
