"""`bihuan up --clock`: one anchor for all services, kept while the stack is up (F14)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from deploy.local import drill, keys, services
from deploy.local.paths import Paths
from deploy.local.problem import Problem
from deploy.local.services import Replica, Surroundings
from deploy.local.stack import Wish
from deploy.local.state import State
from libs.events.clock import drill_clock, system_clock
from libs.events.settings import Settings

ASKED = "2026-02-10T09:00+08:00x60"


def around(home: Path, clock: str) -> Surroundings:
    dsn = dict.fromkeys(services.STAGES, "postgresql://h/d")
    return Surroundings("127.0.0.1:1", dsn, keys.files(home), {}, home / "logs", clock=clock)


def test_every_service_is_told_the_same_start_speed_and_anchor(tmp_path: Path) -> None:
    told = around(tmp_path, drill.anchored(ASKED))
    texts = {
        services.told(Replica(stage, n, 1), told)["BIHUAN_CLOCK"] for stage in services.STAGES for n in (0, 1)
    }
    assert len(texts) == 1
    clock = drill_clock(texts.pop())
    assert (clock.start, clock.rate) == (datetime(2026, 2, 10, 1, 0, tzinfo=UTC), 60.0)
    assert timedelta(0) <= system_clock() - clock.anchor < timedelta(minutes=1)


def test_a_service_reads_what_it_is_told_and_without_a_drill_runs_by_real_time(tmp_path: Path) -> None:
    drilled = services.told(Replica("intake", 0, 1), around(tmp_path, drill.anchored(ASKED)))
    assert Settings(clock=drilled["BIHUAN_CLOCK"]).clock == drilled["BIHUAN_CLOCK"]
    assert services.told(Replica("intake", 0, 1), around(tmp_path, ""))["BIHUAN_CLOCK"] == ""


def test_another_clock_is_another_setting_so_the_launcher_starts_the_services_again(tmp_path: Path) -> None:
    replica = Replica("dispatch", 0, 1)
    one, other = around(tmp_path, drill.anchored(ASKED)), around(tmp_path, "")
    assert services.fingerprint(replica, one) == services.fingerprint(replica, one)
    assert services.fingerprint(replica, one) != services.fingerprint(replica, other)


def test_the_clock_is_written_down_until_the_stack_is_down(tmp_path: Path) -> None:
    where = Paths(tmp_path, tmp_path)
    assert drill.clock(where) is system_clock
    assert drill.sentence(where) == ""
    text = drill.anchored(ASKED)
    State(where.state).run_by(text)
    assert State(where.state).clock == text
    assert drill.sentence(where).startswith("Drill: the clock of this stack shows 2026-02-10 09:0")
    assert "60 times as fast" in drill.sentence(where)
    State(where.state).run_by(drill.anchored("real"))
    assert drill.clock(where) is system_clock


def test_a_state_file_of_before_has_no_drill(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"running": {}, "ports": {"intake-0": 8123}}')
    state = State(tmp_path / "state.json")
    assert (state.clock, state.port("intake-0")) == ("", 8123)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("tomorrow", "clock_malformed"),
        ("2026-02-10T09:00", "zone_missing"),
        ("2026-02-10T09:00+08:00x0", "rate_out_of_range"),
    ],
)
def test_a_clock_that_is_none_is_refused_with_the_rule_before_anything_starts(
    tmp_path: Path, text: str, rule: str
) -> None:
    with pytest.raises(Problem, match=rule):
        drill.anchored(text)
    answer = CliRunner(env={"BIHUAN_HOME": str(tmp_path / "home")}).invoke(
        build("up"), ["up", "--clock", text]
    )
    assert answer.exit_code != 0
    assert isinstance(answer.exception, Problem)
    assert rule in str(answer.exception)
    assert not (tmp_path / "home").exists()
    assert Wish().clock == ""
