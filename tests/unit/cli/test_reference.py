"""`bihuan reference` and `bihuan calendar check` where no database is asked: packs, words, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import calendar, reference
from deploy.packs import write_pack
from tests.unit.reference.packs import Rows, header, tables


def run(*arguments: str) -> Result:
    return CliRunner().invoke(reference.app, list(arguments))


def check(*arguments: str) -> Result:
    return CliRunner().invoke(calendar.app, ["check", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pack(tmp_path / "pack", tables(), header())
    return tmp_path / "pack"


def broken(folder: Path) -> Path:
    pack: Rows = tables()
    pack["grids"][0]["person"] = ""
    pack["limits"][0]["limit"] = "5weeks"
    write_pack(folder, pack, header(effective_at="2026-01-01T00:00:00"))
    return folder


def test_a_sound_pack_is_said_to_be_sound(folder: Path) -> None:
    result = run("validate", str(folder))
    assert (result.exit_code, result.stdout[:7]) == (0, "没有错误：64")
    document = json.loads(run("validate", str(folder), "--json").stdout)
    assert (document["valid"], document["edition"], document["rows"]) == (True, "640202-2026.1", 40)


def test_every_fault_is_said_with_file_row_field_and_rule(folder: Path) -> None:
    result = run("validate", str(broken(folder)))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "grids.csv 第2行 person：网格没有责任人：",
        "limits.csv 第2行 limit：时限单位不正确（wd wh sd d h min）：5weeks",
        "pack.yaml effective_at：时间缺少时区：2026-01-01T00:00:00",
        "共 3 处错误，未发布任何内容。",
    ]


def test_programs_are_told_the_same_faults(folder: Path) -> None:
    result = run("validate", str(broken(folder)), "--json")
    document: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, document["valid"]) == (1, False)
    assert [(it["file"], it["row"], it["field"], it["rule"]) for it in document["faults"]] == [
        ("grids.csv", 2, "person", "grid_without_person"),
        ("limits.csv", 2, "limit", "unknown_unit"),
        ("pack.yaml", 0, "effective_at", "zone_missing"),
    ]


def test_what_is_neither_folder_nor_city_is_said_in_one_line() -> None:
    result = run("validate", "atlantis")
    assert result.exit_code == 2
    assert result.stderr.startswith("bihuan: atlantis is no folder and no city. Cities: dawukou, ")


def test_a_difference_is_told_row_by_row(folder: Path, tmp_path: Path) -> None:
    pack = tables()
    pack["codes"].append({**pack["codes"][0], "code": "02", "label": "随手拍"})
    pack["limits"][0]["limit"] = "6wd"
    del pack["risks"][1]
    write_pack(tmp_path / "new", pack, header(version="640202-2026.2"))
    result = run("diff", str(folder), str(tmp_path / "new"))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "时限政策 (limits): 变更 1",
        "  ~ HANDLE * * 2019-01-01: limit 5wd → 6wd",
        "代码表 (codes): 新增 1",
        "  + CH 02 2019-01-01",
        "风险颜色 (risks): 删除 1",
        "  - BLUE 2019-01-01",
    ]
    document = json.loads(run("diff", str(folder), str(tmp_path / "new"), "--json").stdout)
    assert document["limits"]["changed"] == [
        {"row": ["HANDLE", "*", "*", "2019-01-01"], "columns": {"limit": ["5wd", "6wd"]}}
    ]


def test_a_long_difference_is_cut_unless_all_is_asked_for(folder: Path, tmp_path: Path) -> None:
    pack = tables()
    pack["codes"] += [{**pack["codes"][0], "code": f"x{n}"} for n in range(30)]
    write_pack(tmp_path / "new", pack, header())
    assert run("diff", str(folder), str(tmp_path / "new")).stdout.splitlines()[-1] == "  … 10"
    everything = run("diff", str(folder), str(tmp_path / "new"), "--all").stdout.splitlines()
    assert len(everything) == 31


def test_what_is_the_same_has_no_difference(folder: Path) -> None:
    result = run("diff", str(folder), str(folder))
    assert (result.exit_code, result.stdout) == (0, "两者没有差异。\n")


def test_a_city_is_exported_as_a_pack_that_is_sound_and_the_same(tmp_path: Path) -> None:
    assert run("export", "dawukou", "--to", str(tmp_path)).exit_code == 0
    assert run("validate", str(tmp_path)).exit_code == 0
    assert run("diff", "dawukou", str(tmp_path)).exit_code == 0


@pytest.mark.parametrize("by", ["张三", "two words", ""])
def test_who_publishes_is_an_id_and_no_name(folder: Path, by: str) -> None:
    result = run("publish", str(folder), "--by", by, "--yes")
    assert result.exit_code == 2
    assert "an id of letters" in result.stderr


def test_a_broken_pack_is_refused_before_any_database_is_asked(folder: Path) -> None:
    result = run("publish", str(broken(folder)), "--yes", "--dsn", "postgresql://nobody@127.0.0.1:1/none")
    assert result.exit_code == 1
    assert "共 3 处错误，未发布任何内容。" in result.stderr


def test_a_time_of_effect_without_a_zone_is_refused(folder: Path) -> None:
    result = run("publish", str(folder), "--effective", "2026-06-01", "--yes", "--json")
    assert [it["rule"] for it in json.loads(result.stdout)["faults"]] == ["zone_missing"]


@pytest.mark.parametrize("command", [["history"], ["publish", "dawukou", "--yes"], ["diff", "1", "2"]])
def test_a_database_that_does_not_answer_is_said_in_one_line(command: list[str]) -> None:
    result = run(*command, "--dsn", "postgresql://nobody@127.0.0.1:1/none")
    assert result.exit_code == 2
    assert result.stderr.startswith("bihuan: Intake's database could not be used: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("at", "code", "words"),
    [
        ("2026-11-20T09:00+08:00", 0, "最长时限 5wd 自 2026-11-20 起算止于 2026-11-28T00:00:00+08:00"),
        ("2026-12-28T09:00+08:00", 1, "超出正式日历的截止日 2026-12-31；请导入新一年度的放假通知。"),
        ("2027-12-30T09:00+08:00", 1, "止于 —，超出正式日历"),
    ],
)
def test_the_check_warns_once_the_longest_limit_passes_the_horizon(
    folder: Path, at: str, code: int, words: str
) -> None:
    result = check("--pack", str(folder), "--at", at)
    assert result.exit_code == code
    assert words in result.stdout


def test_a_limit_that_is_over_does_not_count(tmp_path: Path) -> None:
    pack = tables()
    pack["limits"].append({**pack["limits"][0], "clock": "CHECK", "limit": "400d", "valid_to": "2026-06-30"})
    write_pack(tmp_path, pack, header())
    assert check("--pack", str(tmp_path), "--at", "2026-06-30T09:00+08:00").exit_code == 1
    assert check("--pack", str(tmp_path), "--at", "2026-07-01T09:00+08:00").exit_code == 0


def test_the_check_answers_programs_too(folder: Path) -> None:
    result = check("--pack", str(folder), "--at", "2026-12-28T09:00+08:00", "--json")
    assert json.loads(result.stdout) == {
        "official": False,
        "limit": "5wd",
        "from": "2026-12-28T09:00:00+08:00",
        "due": "2027-01-06T00:00:00+08:00",
        "official_until": "2026-12-31",
    }


@pytest.mark.parametrize(("at", "rule"), [("2026-12-28T09:00", "zone_missing"), ("tomorrow", "not_a_time")])
def test_an_instant_without_a_zone_is_refused_by_its_rule(folder: Path, at: str, rule: str) -> None:
    result = check("--pack", str(folder), "--at", at)
    assert (result.exit_code, rule in result.stderr) == (2, True)
