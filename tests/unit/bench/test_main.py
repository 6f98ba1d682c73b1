"""The exit code tells whether a bound was missed; nothing is left behind."""

import tempfile
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.place import PREFIX

FEW = ["decode", "--size", "tiny", "--reps", "1"]


def left() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def test_a_reached_bound_is_success(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = left()
    assert main([*FEW, "--min", "D1=0.01", "--json", str(tmp_path / "found.json")]) == 0
    assert "contract decode" in capsys.readouterr().out
    assert '"D1"' in (tmp_path / "found.json").read_text()
    assert left() <= before


def test_a_missed_or_unknown_bound_is_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FEW, "--min", "D1=1e9", "--min", "B99=1"]) == 1
    assert capsys.readouterr().err.split() == ["missed:", "D1", "missed:", "B99"]
