"""`bihuan import register` and `bihuan demo` say plainly what is wrong before anything is sent or begun."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from deploy.cli.demo import demo
from deploy.local.problem import Problem
from tests.unit.imports.registers import row, write

MAPPING = """
source_system: old
kind: case
columns: {编号: external_no, 渠道: channel, 分类: category, 社区: org_code, 立案: filed_at}
"""


def _import(*arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(
        build("import"), ["import", "register", *arguments, "--url", "http://127.0.0.1:9"]
    )
    return outcome.exit_code, outcome.output


def test_a_mapping_that_does_not_fit_names_every_column(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    file = write(tmp_path / "r.csv", row())
    code, said = _import(str(file), "--map", str(tmp_path / "m.yaml"), "--token", "t")
    assert code == 1
    assert "'派遣' is not mapped" in said
    assert "'结案' is not mapped" in said
    assert not (tmp_path / "r.report.csv").exists()


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    code, said = _import(str(tmp_path / "r.csv"), "--map", str(tmp_path / "m.yaml"), "--token", "t")
    assert code == 1
    assert said.count("\n") == 1
    assert "No such file" in said


def test_a_broken_mapping_is_told_with_its_reasons(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("kind: ship\n", encoding="utf-8")
    code, said = _import(str(tmp_path / "r.csv"), "--map", str(tmp_path / "m.yaml"), "--token", "t")
    assert code == 1
    assert "source_system" in said
    assert "kind" in said


def test_a_city_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(Problem, match="dawukou, dazhu, jiangbei, panjin, xiangyang"):
        demo(city="atlantis")
