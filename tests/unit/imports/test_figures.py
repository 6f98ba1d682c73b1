"""A published figure counts as reproduced only when the log prints it to the last digit."""

import io
from dataclasses import replace
from typing import Any

import httpx
import pytest
from rich.console import Console

from deploy.cities.pack import Figure, load
from deploy.demo import figures
from deploy.demo.client import Client, RefusedError, Stages
from deploy.demo.figures import Line, Rate
from deploy.demo.live import SPECIAL, ordinary
from deploy.demo.playing import plots

FIGURE = load("dawukou").figures[0]
GOOD = Rate(21343, 22211, "96.1%")


def _line(figure: Figure = FIGURE, found: Rate = GOOD) -> Line:
    return Line(figure, found, found)


def test_the_same_display_is_reproduced() -> None:
    assert _line().reproduced


@pytest.mark.parametrize("display", ["96.0%", "96.09%", "96%", "—"])
def test_another_display_is_not(display: str) -> None:
    assert not _line(found=replace(GOOD, display=display)).reproduced


def test_the_table_shows_operands_quotes_and_readings() -> None:
    out = io.StringIO()
    hotline = next(figure for figure in load("dawukou").figures if figure.reading)
    figures.show(Console(file=out, width=120), [_line(), _line(hotline, Rate(1, 2, "50.0%"))])
    said = out.getvalue()
    assert "21,343 / 22,211" in said
    assert FIGURE.quote in said
    assert hotline.reading is not None
    assert hotline.reading in said
    assert "NO" in said


def test_thirty_cases_hold_the_three_special_ones_once() -> None:
    chosen = plots(30)
    assert len(chosen) == 30
    assert [chosen.count(plot) for plot in SPECIAL] == [1, 1, 1]
    assert chosen.count(ordinary) == 27


class Metrics:
    """Answers what a test says, and remembers the questions."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        status, document = self.answers.pop(0)
        return httpx.Response(status, json=document)


def _client(metrics: Metrics) -> Client:
    pools = {"metrics": httpx.AsyncClient(transport=httpx.MockTransport(metrics), base_url="http://metrics")}
    return Client(Stages({}, {"counter": "token"}), "test", pools=pools)


async def test_every_number_is_asked_of_metrics_with_its_register_channel_and_period() -> None:
    answer = {"numerator": 4810, "denominator": 4878, "display": "98.6%"}
    metrics = Metrics((200, answer), (503, {"code": "position_not_reached"}), (200, answer))
    hotline = next(figure for figure in load("dawukou").figures if figure.channel)
    async with _client(metrics) as client:
        [line] = await figures.lines(client, [hotline], "counter")
    assert line.imported == Rate(4810, 4878, "98.6%")
    query = metrics.asked[0].params
    assert (query["source"], query["channel"], query["decimals"]) == ("dwk-cases", "03", "1")
    assert metrics.asked[2].params.get_list("source") == ["dwk-cases", "-"]


async def test_a_refusal_ends_the_demo_with_its_code() -> None:
    metrics = Metrics((403, {"code": "not_permitted"}))
    async with _client(metrics) as client:
        with pytest.raises(RefusedError, match="not_permitted"):
            await client.read("metrics", "/v1/indicators/CLOSE_RATE", "counter")
