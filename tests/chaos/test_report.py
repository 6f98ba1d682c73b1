"""The report says what was run, what failed, and what was not run."""

import shutil
import subprocess
from pathlib import Path

from tests.chaos import report
from tests.chaos.catalogue import EXPERIMENTS, LANES
from tests.chaos.experiment import Result
from tests.simulation import tally
from tests.simulation.tally import Tally

IDENTITY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid")


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
    agrees(report.DIARY)


def agrees(diary: Path) -> None:
    assert (diary / "report.md").read_text() == report.text(diary / "results")
    for name in EXPERIMENTS:
        written = report.page(name, diary).read_text()
        assert written == report.with_figures(name, written, diary / "results")


def test_a_run_that_is_half_way_leaves_a_whole_diary(tmp_path: Path) -> None:
    diary = tmp_path / "chaos"
    shutil.copytree(report.DIARY, diary)
    report.record(Result("F9", "long", {"matters": 7}, [], 12.5), diary)
    agrees(diary)
    assert "- matters: 7" in report.page("F9", diary).read_text()
    report.record(Result("F9", "long", {}, ["effect twice x1: case-1"], 3.0), diary)
    agrees(diary)


def test_seeds_go_on_where_they_were_and_stand_in_the_report(tmp_path: Path) -> None:
    kept = tmp_path / report.SEEDS
    begun = Tally("4711abc", seeds=2, broke=[1], seconds=3.0)
    begun.save(kept)
    assert tally.load(kept) == begun
    assert "2 seeds from 0 at 4711abc: 1 broke a rule ([1]), 3 s." in report.text(tmp_path)
    assert Tally.of(kept, 0).seeds == 0, "seeds of another commit say nothing about this one"


def test_results_are_no_change_of_what_is_tested(tmp_path: Path) -> None:
    """Otherwise every experiment after the first of a run would call its commit changed."""

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *IDENTITY, *words], check=True, capture_output=True)

    for file in (tmp_path / "docs/chaos/F1.md", tmp_path / "libs/one.py"):
        file.parent.mkdir(parents=True)
        file.write_text("before")
    git("init")
    git("add", "--all")
    git("commit", "--message", "one")
    clean = tally.commit(tmp_path)
    (tmp_path / "docs/chaos/F1.md").write_text("measured")
    assert tally.commit(tmp_path) == clean
    (tmp_path / "libs/one.py").write_text("after")
    assert tally.commit(tmp_path) == f"{clean}+"


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
