"""Time in the demo: rates with the versions behind them, one deadline that can be read out, and the wait."""

import io
from typing import Any

import httpx
import pytest
from rich.console import Console

from deploy.demo import deadlines, figures
from deploy.demo.client import Client, RefusedError, Stages
from deploy.demo.deadlines import Punctual
from deploy.demo.ruling import Rules
from libs.events.reference import Published

RATE: dict[str, Any] = {
    "label": "及时签收率",
    "display": "96.7%",
    "numerator": 29,
    "denominator": 30,
    "unit": "件",
    "policy_versions": ["dawukou-2026.1"],
    "calendar_versions": ["cn-2026.1"],
}
EXPLAINED: dict[str, Any] = {
    "name": "处置时限",
    "limit_label": "4个工作小时",
    "label": "11月23日 14:30",
    "arithmetic": ["起算时间：2026年11月22日 19:23（周日）"],
    "steps": [{"date": "2026-11-22", "weekday": "周日", "text": "周末，不计"}],
}


def told(found: Punctual) -> str:
    out = io.StringIO()
    deadlines.show(Console(file=out, width=120), found)
    return out.getvalue()


def test_a_rate_is_shown_with_its_pair_and_versions_and_a_deadline_with_its_days() -> None:
    said = told(Punctual([RATE], EXPLAINED))
    assert "及时签收率  96.7%  29 / 30 件  (dawukou-2026.1, cn-2026.1)" in said
    assert "处置时限 4个工作小时 → 11月23日 14:30" in said
    assert "起算时间：2026年11月22日 19:23（周日）" in said
    assert "2026-11-22 周日 周末，不计" in said


def test_a_rate_over_nothing_is_no_number() -> None:
    said = told(Punctual([{**RATE, "display": None, "numerator": 0, "denominator": 0}], EXPLAINED))
    assert "及时签收率  无  0 / 0 件" in said


def test_a_city_without_published_rates_says_so() -> None:
    out = io.StringIO()
    figures.show(Console(file=out, width=120), [])
    assert "live cases only" in out.getvalue()


@pytest.mark.parametrize(("new", "words"), [(True, "published"), (False, "was published before")])
def test_the_edition_is_told_with_its_sizes(*, new: bool, words: str) -> None:
    rules = Rules(Published("e-1", "0" * 64, new), {"grids": 2648}, known=1, seconds=0.5)
    assert rules.told() == f"e-1 {words}: 2,648 grids, 0.5 s"


def _client(pages: list[str]) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers, "a page for machines needs no token"
        return httpx.Response(200, text=pages.pop(0))

    pools = {"intake": httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://intake")}
    return Client(Stages({}, {}), "test", pools=pools, patience=1.0)


def _page(value: float) -> str:
    return f'# HELP known editions\nbihuan_editions_known{{service="intake"}} {value}\n'


async def test_the_demo_waits_until_a_service_knows_the_edition() -> None:
    pages = ["", _page(0.0), _page(1.0), _page(2.0)]
    async with _client(pages) as client:
        await client.gauge("intake", "bihuan_editions_known", lambda value: value >= 1)
    assert pages == [_page(2.0)]


async def test_a_service_that_never_hears_of_it_ends_the_demo() -> None:
    async with _client([_page(0.0)] * 100) as client:
        with pytest.raises(RefusedError, match="bihuan_editions_known did not get there"):
            await client.gauge("intake", "bihuan_editions_known", lambda value: value >= 1)
