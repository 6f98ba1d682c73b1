"""Batches go out several at a time, under keys that never change, and are asked again until they are in."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.register.report import Report
from deploy.register.run import Job, Tally, run
from deploy.register.sending import MOST_BYTES, SendingError, Target, batches, send_all
from deploy.register.translate import Translated, Translator
from tests.unit.imports.registers import HEADER, plan, row, write

NOW = datetime(2020, 7, 1, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


class Stage:
    """A stage that remembers keys as the real edge does, and what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answers: dict[str, httpx.Response] = {}
        self.trouble: list[int | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.trouble:
            said = self.trouble.pop(0)
            if isinstance(said, Exception):
                raise said
            return httpx.Response(said, json={"code": "unavailable", "title": "away"})
        key = request.headers["idempotency-key"]
        if key in self.answers:
            return httpx.Response(
                200, json=self.answers[key].json(), headers={"idempotency-replayed": "true"}
            )
        body = json.loads(request.content)
        self.bodies.append(body)
        bad = [index for index, entry in enumerate(body["rows"]) if entry["external_no"].startswith("BAD")]
        rejected = [
            {"index": index, "external_no": "x", "field": "", "code": "dispatch.x", "detail": "no"}
            for index in bad
        ]
        found = {"imported": len(body["rows"]) - len(bad), "already": 0, "rejected": rejected}
        self.answers[key] = httpx.Response(200, json=found)
        return self.answers[key]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://stage")


def _rows(*numbers: str) -> Iterator[Translated]:
    translator = Translator(plan(), HEADER, NOW)
    return (translator.translate(line, row(编号=number)) for line, number in enumerate(numbers, start=2))


def _target(client: httpx.AsyncClient) -> Target:
    return Target(client, "/v1/cases/import", "token", "old", "file")


async def _send(stage: Stage, *numbers: str, most: int = 2) -> list[tuple[int, int]]:
    async with stage.client() as client:
        found = send_all(_target(client), batches(_rows(*numbers), most))
        return [(sent.imported, sent.already) async for sent in found]


async def test_all_rows_arrive_in_batches() -> None:
    stage = Stage()
    assert await _send(stage, "A-1", "A-2", "A-3", "A-4", "A-5") == [(2, 0), (2, 0), (1, 0)]
    assert sum(len(body["rows"]) for body in stage.bodies) == 5
    assert {body["source_system"] for body in stage.bodies} == {"old"}


async def test_a_second_run_counts_everything_as_already_there() -> None:
    stage = Stage()
    await _send(stage, "A-1", "A-2", "A-3")
    assert await _send(stage, "A-1", "A-2", "A-3") == [(0, 2), (0, 1)]
    assert len(stage.bodies) == 2


async def test_an_interrupted_run_is_taken_up_where_it_ended() -> None:
    stage = Stage()
    await _send(stage, "A-1", "A-2")
    assert await _send(stage, "A-1", "A-2", "A-3", "A-4") == [(0, 2), (2, 0)]


@pytest.mark.parametrize("trouble", [503, 429, httpx.ReadTimeout("lost"), httpx.ConnectError("away")])
async def test_a_lost_answer_is_asked_for_again_under_the_same_key(trouble: int | Exception) -> None:
    stage = Stage()
    stage.trouble = [trouble, trouble]
    assert await _send(stage, "A-1", most=1) == [(1, 0)]
    assert len(stage.answers) == 1


@pytest.mark.parametrize("status", [401, 403, 422, 500])
async def test_a_refusal_of_the_whole_import_ends_it(status: int) -> None:
    stage = Stage()
    stage.trouble = [status]
    with pytest.raises(SendingError, match=str(status)):
        await _send(stage, "A-1")


def test_batches_stay_below_the_limit_of_a_body() -> None:
    long = plan(columns={**plan().columns, "备注": "measures"}, ignore=[])
    translator = Translator(long, HEADER, NOW)
    rows = (translator.translate(line, row(编号=f"A-{line}", 备注="长" * 2000)) for line in range(2, 500))
    cut = list(batches(rows, 500))
    assert len(cut) > 1
    assert all(len(batch.body("old")) < MOST_BYTES + 10_000 for batch in cut)
    assert sum(len(batch.rows) for batch in cut) == 498


def _job(folder: Path, *lines: tuple[str, ...]) -> Job:
    file = write(folder / "r.csv", *lines)
    return Job(file, plan(), "http://stage", "token", folder / "r.report.csv", NOW, batch=2)


async def test_the_report_names_every_row_left_out_with_all_its_reasons(tmp_path: Path) -> None:
    lines = [
        row(),
        row(编号="A-2", 渠道="飞鸽", 单位=""),
        row(编号="BAD-3"),
        row(编号="=A-4", 结案="昨天"),
        row(),
    ]
    stage = Stage()
    job = _job(tmp_path, *lines)
    tally = await _run(job, stage)
    assert (tally.rows, tally.imported, tally.rejected) == (5, 1, 4)
    report = (tmp_path / "r.report.csv").read_text(encoding="utf-8-sig").splitlines()
    assert report[0] == "row,external_no,field,code,reason"
    assert [line.split(",")[:4] for line in report[1:]] == [
        ["3", "A-2", "channel", "unknown_value"],
        ["3", "A-2", "unit", "missing"],
        ["4", "BAD-3", "", "dispatch.x"],
        ["5", "'=A-4", "closed_at", "bad_time"],
        ["6", "A-1", "external_no", "duplicate_number"],
    ]


async def test_nothing_is_sent_when_the_header_does_not_fit(tmp_path: Path) -> None:
    stage, job = Stage(), _job(tmp_path, row())
    (tmp_path / "r.csv").write_text("编号,陌生\nA-1,x\n", encoding="utf-8")
    with pytest.raises(Exception, match="陌生"):
        await _run(job, stage)
    assert stage.bodies == []


async def test_progress_is_told_after_every_batch(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    stage, job = Stage(), _job(tmp_path, *(row(编号=f"A-{number}") for number in range(5)))
    async with stage.client() as client:
        await run(job, lambda tally, about: told.append((tally.rows, about)), client=client)
    assert told == [(2, 5), (4, 5), (5, 5)]


async def _run(job: Job, stage: Stage) -> Tally:
    async with stage.client() as client:
        return await run(job, lambda _tally, _about: None, client=client)


def test_a_report_is_a_file_that_excel_opens(tmp_path: Path) -> None:
    with Report(tmp_path / "r.csv"):
        pass
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfrow,")
