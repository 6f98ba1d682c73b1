"""The report says what was run, what failed, and what was not run."""

from pathlib import Path

from tests.chaos import report
from tests.chaos.catalogue import EXPERIMENTS, LANES
from tests.chaos.experiment import Result


def test_a_result_survives_an_interrupted_run(tmp_path: Path) -> None:
    kept = report.save(Result("F1", "short", {"kills": 6}, [], 12.5), tmp_path)
    assert report.load("F1", "short", tmp_path) == kept
    assert report.load("F1", "long", tmp_path) is None


def test_the_report_names_passed_failed_and_not_run(tmp_path: Path) -> None:
    report.save(Result("F1", "short", {"kills": 6}, [], 12.5), tmp_path)
    report.save(Result("F2", "short", {}, ["effect twice x1: case-1"], 3.0), tmp_path)
    lines = report.text(tmp_path).splitlines()
    rows = {line.split("|")[1].strip(): line for line in reversed(lines) if line.startswith("| F")}
    assert "passed" in rows["F1"]
    assert "**failed** (1 findings)" in rows["F2"]
    assert "not run" in rows["F3"]
    assert "- **finding**: effect twice x1: case-1" in lines


def test_the_diary_in_the_tree_is_made_of_the_results_in_the_tree() -> None:
    assert report.REPORT.read_text() == report.text(report.RESULTS)
    for name in EXPERIMENTS:
        written = report.page(name).read_text()
        assert written == report.with_figures(name, written, report.RESULTS)


def test_every_page_says_what_was_expected_and_what_was_done() -> None:
    for name in EXPERIMENTS:
        written = report.page(name).read_text()
        assert all(f"\n## {part}\n" in written for part in ("Hypothesis", "Experiment", "Result", "Measured"))


def test_a_page_keeps_its_words_and_takes_new_figures(tmp_path: Path) -> None:
    report.save(Result("F1", "short", {"kills": 6}, ["kafka took 17 s"], 12.5), tmp_path)
    made = report.with_figures("F1", "# Words\n\n## Measured\n\nold\n", tmp_path)
    assert made.startswith("# Words\n\n## Measured\n")
    assert "old" not in made
    assert "- kills: 6" in made
    assert "- **finding**: kafka took 17 s" in made
    assert "Not run." in made


def test_a_lane_keeps_what_belongs_to_one_experiment() -> None:
    assert {LANES[lane]("F5").outage for lane in LANES} == {120.0, 600.0}
    assert LANES["short"]("F1").outage < 30
