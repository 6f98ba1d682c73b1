"""The pages in a real browser: what a person sees is what the API counts."""

import struct
from pathlib import Path

import httpx

from tests.page.conftest import Browser
from tests.unit.metrics.histories import MATTER


def dimensions(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


async def test_the_first_page_shows_every_rate_with_its_pair(browser: Browser, site: str) -> None:
    dom = await browser.dom(site)
    async with httpx.AsyncClient(base_url=site) as http:
        assert (await http.get("/")).status_code == 200
    for word in ("办结率", "化解率", "调处率", "调解成功率", "按承办单位", "按来源渠道", "按月份", "合计"):
        assert word in dom
    assert dom.count("<table>") == 3
    assert "2020-03" in dom
    assert "（未派遣）" in dom
    picture = await browser.picture(site, "indicators")
    assert dimensions(picture) == (1280, 1400)


async def test_another_indicator_and_period_are_chosen_by_address(browser: Browser, site: str) -> None:
    dom = await browser.dom(f"{site}/?indicator=RESOLVE_RATE&period=2020-03&channel=")
    assert "化解率 · 按承办单位" in dom
    assert 'value="2020-03"' in dom


async def test_a_figure_opens_to_matters_and_event_ids(browser: Browser, site: str) -> None:
    dom = await browser.dom(f"{site}/figures/CLOSE_RATE?side=numerator")
    assert "64020220200302000001" in dom
    assert dom.count('href="/matters/') >= 40
    await browser.picture(f"{site}/figures/CLOSE_RATE?side=numerator", "figure")


async def test_the_list_shows_states_in_words(browser: Browser, site: str) -> None:
    dom = await browser.dom(f"{site}/matters?status=CLOSED")
    assert dom.count('<span class="status closed">已结案</span>') == 50
    assert "下一页" in dom
    await browser.picture(f"{site}/matters", "matters")


async def test_a_timeline_tells_a_matter_through_three_stages(browser: Browser, site: str) -> None:
    dom = await browser.dom(f"{site}/matters/{MATTER}")
    story = (
        "上报",
        "审核通过",
        "立案",
        "派遣",
        "申请退单",
        "同意退单",
        "签收",
        "转调解",
        "排查登记",
        "受理调解",
        "调解中",
    )
    places = [dom.find(word) for word in story]
    assert -1 not in places
    assert dom.count("<tr class=") == 14
    await browser.picture(f"{site}/matters/{MATTER}", "matter")


async def test_nothing_but_our_own_style_sheet_is_loaded(browser: Browser, site: str) -> None:
    dom = await browser.dom(site)
    assert "<script" not in dom
    assert "http://" not in dom.replace(site, "").replace("http://www.w3.org", "")
    assert "https://" not in dom
