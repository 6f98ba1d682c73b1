"""`bihuan reference` and `bihuan calendar` on intake's database: whole or not at all, never silently."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from deploy.cli import calendar, reference
from deploy.packs import read_pack, write_pack
from libs.events.clock import system_clock
from libs.events.publications import Publications, published
from libs.events.schema import upgrade
from libs.reference import prepared
from tests.unit.reference.packs import Rows, header, tables
from tests.unit.worktime.test_notice import NOTICE_2026
from tests.unit.worktime.test_revising import NOTICE_2027

pytestmark = pytest.mark.servers


@dataclass
class Office:
    """An operator in front of intake's database, with a folder of his own."""

    dsn: str
    folder: Path

    def run(self, app: Typer, *arguments: str, says: str | None = None) -> Result:
        return CliRunner().invoke(app, [*arguments, "--dsn", self.dsn], input=says)

    def reference(self, *arguments: str, says: str | None = None) -> Result:
        return self.run(reference.app, *arguments, says=says)

    def calendar(self, *arguments: str, says: str | None = None) -> Result:
        return self.run(calendar.app, *arguments, says=says)

    def pack(self, changed: Rows | None = None, **changes: str) -> str:
        write_pack(self.folder / "pack", changed or tables(), header(**changes))
        return str(self.folder / "pack")

    def notice(self, text: str) -> str:
        (self.folder / "notice.txt").write_text(text, encoding="utf-8")
        return str(self.folder / "notice.txt")

    def publish(self, changed: Rows | None = None, **changes: str) -> Result:
        return self.reference("publish", self.pack(changed, **changes), "--by", "admin-001", "--yes")

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.reference("history", "--json").stdout)
        return found

    def published(self) -> Publications:
        return asyncio.run(published(self.dsn))

    def ask(self, question: str) -> list[Any]:
        return asyncio.run(_ask(self.dsn, question))


async def _ask(dsn: str, question: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


@pytest.fixture
def office(database: str, tmp_path: Path) -> Office:
    asyncio.run(upgrade(database))
    return Office(database, tmp_path)


STORED = "SELECT count(*) FROM events"


def test_an_edition_is_published_whole_and_listed(office: Office) -> None:
    result = office.publish()
    assert result.exit_code == 0, result.stderr
    assert "首次发布。" in result.stderr
    (row,) = office.history()
    assert (row["edition"], row["by"], row["in_force"]) == ("640202-2026.1", "admin-001", True)
    assert row["digest"] == prepared(tables(), header())[0].digest
    streams = office.ask("SELECT count(*), count(DISTINCT stream), max(version) FROM events")
    waiting = office.ask("SELECT count(*) FROM outbox")
    assert streams == [(waiting[0][0], waiting[0][0], 1)], "one event per stream, each to be published"


def test_publishing_the_same_again_changes_nothing(office: Office) -> None:
    office.publish()
    before = office.ask(STORED)
    result = office.publish()
    assert (result.exit_code, result.stdout) == (0, "没有变化，未发布。\n")
    assert office.ask(STORED) == before


def test_a_name_is_never_given_to_another_content(office: Office) -> None:
    office.publish()
    before = office.ask(STORED)
    result = office.publish(amber="80")
    assert result.exit_code == 1
    assert "pack.yaml version：版本号已被其他内容使用：640202-2026.1" in result.stderr
    assert office.ask(STORED) == before


def test_a_calendar_version_is_never_given_to_other_days(office: Office) -> None:
    office.publish()
    changed = tables()
    record = json.loads(changed["calendar"][0]["record"])
    del record["notices"][0]
    changed["calendar"] = [{"record": json.dumps(record)}]
    result = office.publish(changed, version="640202-2026.2")
    assert result.exit_code == 1
    assert "pack.yaml calendar.version：版本号已被其他内容使用：cn-2026.1" in result.stderr


def test_a_pack_that_breaks_rules_leaves_nothing_behind(office: Office) -> None:
    broken = tables()
    broken["grids"][0]["person"] = ""
    broken["duty"][0]["lead"] = "nobody"
    result = office.publish(broken)
    assert result.exit_code == 1
    assert "共 2 处错误，未发布任何内容。" in result.stderr
    assert office.ask(STORED) == [(0,)]


def test_a_no_publishes_nothing(office: Office) -> None:
    result = office.reference("publish", office.pack(), "--by", "admin-001", says="n\n")
    assert result.exit_code == 1
    assert "未发布。" in result.stderr
    assert office.ask(STORED) == [(0,)]


def test_the_next_edition_shows_its_difference_and_shares_what_is_the_same(office: Office) -> None:
    office.publish()
    changed = tables()
    changed["limits"][0]["limit"] = "6wd"
    office.pack(changed, version="640202-2026.2", effective_at="2026-06-01T00:00:00+08:00")
    result = office.reference(
        "publish", str(office.folder / "pack"), "--by", "admin-001", "--note", "调整", "--json", says="y\n"
    )
    assert result.exit_code == 0, result.stderr
    assert "  ~ HANDLE * * 2019-01-01: limit 5wd → 6wd" in result.stderr
    answer = json.loads(result.stdout[result.stdout.index("{") :])
    assert (answer["published"], answer["written"]) == (True, 1)
    assert answer["shared"] > 5
    first, second = office.history()
    assert (first["in_force"], second["in_force"], second["note"]) == (False, True, "调整")
    assert office.reference("diff", "640202-2026.1", "640202-2026.2").exit_code == 1


def test_an_edition_may_rule_from_a_later_day(office: Office) -> None:
    office.publish()
    later = office.pack(version="later")
    result = office.reference(
        "publish", later, "--effective", "2099-01-01T00:00:00+08:00", "--by", "admin-001", "--yes"
    )
    assert result.exit_code == 1, "the calendar does not reach so far"
    result = office.reference(
        "publish", later, "--effective", "2027-12-01T00:00:00+08:00", "--by", "admin-001", "--yes"
    )
    assert result.exit_code == 0
    assert [row["in_force"] for row in office.history()] == [True, False]


def test_a_published_edition_is_exported_byte_for_byte(office: Office, tmp_path: Path) -> None:
    office.publish()
    for name in ("one", "two"):
        result = office.reference("export", "640202-2026.1", "--to", str(tmp_path / name))
        assert result.exit_code == 0
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert one == two
    back = read_pack(tmp_path / "one")
    assert prepared(back.tables, back.header)[0].digest == prepared(tables(), header())[0].digest
    assert office.reference("diff", str(tmp_path / "one"), "640202-2026.1").exit_code == 0


def test_a_version_that_nobody_published_is_said(office: Office) -> None:
    result = office.reference("export", "640202-1999.1", "--to", str(office.folder / "x"))
    assert (result.exit_code, result.stderr) == (
        2,
        "bihuan: No edition 640202-1999.1 is published. See: bihuan reference history\n",
    )


def test_a_notice_needs_an_edition_to_revise(office: Office) -> None:
    result = office.calendar("import", "--notice", office.notice(NOTICE_2027), "--by", "admin-001", "--yes")
    assert result.exit_code == 2
    assert "No edition is in force" in result.stderr


def test_the_next_notice_is_shown_day_by_day_and_published_as_a_revision(office: Office) -> None:
    office.publish()
    before = office.ask("SELECT count(*) FROM events WHERE kind = 'reference.rows_published'")
    result = office.calendar(
        "import", "--notice", office.notice(NOTICE_2027), "--by", "admin-001", says="y\n"
    )
    assert result.exit_code == 0, result.stderr
    assert "正式日历：2026-12-31 → 2027-12-31；可计算至 2028-12-31。" in result.stderr
    assert "2027-02-09（周二）：工作日 → 休息日　春节" in result.stderr
    assert "2027-02-13（周六）：休息日 → 工作日　春节" in result.stderr
    after = office.ask("SELECT count(*) FROM events WHERE kind = 'reference.rows_published'")
    assert after[0][0] == before[0][0] + 1, "all other chunks are shared"
    library = office.published().library
    ruling = library.in_force(system_clock())
    assert ruling is not None
    assert (ruling.version, ruling.calendar_version) == ("640202-2026.2", "cn-2027.1")
    assert not ruling.calendar.working(date(2027, 2, 10))
    (revision,) = library.revisions()
    assert (revision.old_calendar, revision.new_calendar) == ("cn-2026.1", "cn-2027.1")
    assert (date(2027, 2, 13), "OFF", "WORKING") in [(it.day, it.was, it.now) for it in revision.changed]


def test_an_edition_of_a_later_day_would_bring_the_old_calendar_back_and_that_is_said(office: Office) -> None:
    office.publish()
    office.publish(version="later", effective_at="2027-12-01T00:00:00+08:00")
    notice = office.notice(NOTICE_2027)
    result = office.calendar("import", "--notice", notice, "--by", "admin-001", "--yes")
    assert result.exit_code == 0
    assert "已发布但尚未施行的 later 仍使用其他工作日历" in result.stderr


def test_a_notice_that_is_loaded_already_changes_nothing(office: Office) -> None:
    office.publish()
    before = office.ask(STORED)
    result = office.calendar("import", "--notice", office.notice(NOTICE_2026), "--by", "admin-001", "--yes")
    assert (result.exit_code, result.stdout) == (0, "没有变化，未发布。\n")
    assert office.ask(STORED) == before


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("共7天", "共8天", "notice.days", "day_count_differs"),
        ("5月8日（周六）上班", "5月7日（周五）上班", "notice.work", "make_up_day_on_weekday"),
        ("1月31日（周日）", "1月31日（周一）", "notice.weekday", "weekday_differs"),
        ("4月25日（周日）", "4月4日（周日）", "notice.work", "make_up_day_is_off"),
        ("关于2027年", "关于明年", "notice.year", "not_a_notice"),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused_whole(
    office: Office, old: str, new: str, field: str, rule: str
) -> None:
    office.publish()
    before = office.ask(STORED)
    notice = office.notice(NOTICE_2027.replace(old, new, 1))
    result = office.calendar("import", "--notice", notice, "--by", "admin-001", "--yes", "--json")
    (fault,) = json.loads(result.stdout)["faults"]
    assert (result.exit_code, fault["field"], fault["rule"]) == (1, field, rule)
    assert office.ask(STORED) == before


def test_a_no_leaves_the_calendar_as_it_is(office: Office) -> None:
    office.publish()
    before = office.ask(STORED)
    notice = office.notice(NOTICE_2027)
    assert office.calendar("import", "--notice", notice, "--by", "admin-001", says="n\n").exit_code == 1
    assert office.ask(STORED) == before


def test_the_check_looks_at_what_is_in_force(office: Office) -> None:
    nothing = office.calendar("check")
    assert nothing.exit_code == 2
    office.publish()
    assert office.calendar("check", "--at", "2026-12-28T09:00+08:00").exit_code == 1
    notice = office.notice(NOTICE_2027)
    assert office.calendar("import", "--notice", notice, "--by", "admin-001", "--yes").exit_code == 0
    assert office.calendar("check", "--at", "2026-12-28T09:00+08:00").exit_code == 0


def test_two_calendars_are_compared_day_by_day(office: Office) -> None:
    office.publish()
    notice = office.notice(NOTICE_2027)
    assert office.calendar("import", "--notice", notice, "--by", "admin-001", "--yes").exit_code == 0
    result = office.reference("diff", "640202-2026.1", "640202-2026.2")
    assert "  ~ 2027-02-09（周二）：工作日 → 休息日　春节" in result.stdout.splitlines()
    document = json.loads(office.reference("diff", "640202-2026.1", "640202-2026.2", "--json").stdout)
    assert document["calendar"]["changed"][0] == {
        "day": "2027-01-31",
        "was": "OFF",
        "now": "WORKING",
        "name": "春节",
    }
    assert list(document) == ["calendar"]


def test_a_drill_publishes_by_its_own_clock(office: Office) -> None:
    settings = {"BIHUAN_CLOCK": "2026-02-10T09:00+08:00x1@2026-02-10T01:00:00Z"}
    arguments = ["publish", office.pack(), "--by", "admin-001", "--yes", "--dsn", office.dsn]
    result = CliRunner().invoke(reference.app, arguments, env=settings)
    assert result.exit_code == 0
    assert office.published().at["640202-2026.1"] >= datetime(2026, 2, 10, 1, tzinfo=UTC)
