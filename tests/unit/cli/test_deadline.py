"""`bihuan deadline` from the shell: the answer in JSON, the words for a clerk, and what it refuses."""

import json

import pytest
from typer import Typer
from typer.testing import CliRunner

from deploy.cli.deadline import show

app = Typer()
app.command()(show)


LATE = "2026-03-05T09:00+08:00/2026-03-06T09:00+08:00"
BACKWARDS = "2026-03-03T09:00+08:00/2026-03-02T10:00+08:00"


def ask(*arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout or result.stderr)


def test_the_answer_says_when_and_how_a_clerk_says_it() -> None:
    code, body = ask("--from", "2026-02-10T16:40+08:00", "--limit", "5wd")
    assert code == 0
    assert body["due"] == "2026-02-25T00:00:00+08:00"
    assert body["label"] == "2月24日 24:00"
    assert body["status"] == "official"


def test_every_day_has_its_words() -> None:
    _, body = ask("--from", "2026-02-13T10:00+08:00", "--limit", "2wd")
    steps = body["steps"]
    assert isinstance(steps, list)
    assert steps[0]["text"] == "起算当日，不计"
    assert steps[1] == {
        "date": "2026-02-14",
        "weekday": "周六",
        "counted": True,
        "number": 1,
        "reason": "MAKE_UP_DAY",
        "text": "春节调休上班，计为第1个工作日",
        "official": True,
    }


def test_with_an_instant_it_says_where_the_clock_stands() -> None:
    _, body = ask("--from", "2026-03-02T10:00+08:00", "--limit", "1wd", "--at", "2026-03-03T12:00+08:00")
    assert (body["elapsed"], body["remaining"], body["state"]) == (12_600, 12_600, "RUNNING")


def test_office_hours_pauses_and_extensions_are_respected() -> None:
    options = ["--office-hours", "09:00-12:00", "--extend", "1wh"]
    pause = "2026-03-02T10:00+08:00/2026-03-02T11:00+08:00"
    _, body = ask("--from", "2026-03-02T09:00+08:00", "--limit", "2wh", "--pause", pause, *options)
    assert body["due"] == "2026-03-03T10:00:00+08:00"


@pytest.mark.parametrize(
    ("options", "field", "rule"),
    [
        (["--from", "2026-03-02T09:00", "--limit", "1wd"], "start", "zone_missing"),
        (["--from", "soon", "--limit", "1wd"], "from", "not_a_time"),
        (["--from", "2026-03-02T09:00+08:00", "--limit", "1week"], "limit", "unknown_unit"),
        (["--from", "2026-03-02T09:00+08:00", "--limit", "1wd", "--pause", "x"], "pause", "not_a_pause"),
        (["--from", "2031-03-02T09:00+08:00", "--limit", "1wd"], "calendar", "calendar_missing"),
        (
            ["--from", "2026-03-02T09:00+08:00", "--limit", "1wd", "--pause", LATE],
            "pause",
            "pause_outside_clock",
        ),
        (
            ["--from", "2026-03-02T09:00+08:00", "--limit", "1wd", "--pause", BACKWARDS],
            "pause",
            "end_before_start",
        ),
        (
            ["--from", "2026-03-02T09:00+08:00", "--limit", "1wd", "--pause", "2026-03-02/2026-03-03"],
            "pause",
            "zone_missing",
        ),
        (
            ["--from", "2026-03-02T09:00+08:00", "--limit", "1wd", "--office-hours", "noon"],
            "office_hours",
            "not_office_hours",
        ),
    ],
)
def test_a_wrong_question_names_the_field_and_the_rule(options: list[str], field: str, rule: str) -> None:
    code, body = ask(*options)
    assert (code, body["field"], body["code"]) == (2, field, rule)


def test_a_clerk_can_read_it_without_json() -> None:
    result = CliRunner().invoke(app, ["--from", "2026-02-10T16:40+08:00", "--limit", "none"])
    assert result.exit_code == 0
    assert "无时限" in result.stdout
