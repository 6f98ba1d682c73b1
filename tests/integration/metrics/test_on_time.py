"""On-time figures over a real PostgreSQL: pairs, versions, periods, and what is behind them."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid5

import httpx
import pytest

from libs.events.contracts import Event
from libs.events.fast import Fast
from libs.events.postgres import PostgresStore
from libs.events.runtime import read_only
from services.metrics.app import reader
from services.metrics.projections import Projection
from services.metrics.reading import over
from services.metrics.settings import Settings
from tests.api.edge.ledger import KEYS, bearer, client
from tests.unit.metrics.clocked import RECEIVED, STORIES
from tests.unit.metrics.histories import MATTER, happened


def told(number: int, story: Sequence[Event]) -> list[Fast]:
    return happened([RECEIVED, *story], uuid5(MATTER, f"on time {number}"))


@pytest.fixture
async def http(store: PostgresStore, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of metrics that has heard all stories, each event in a batch of its own."""
    for number, story in enumerate(STORIES):
        for event in told(number, story):
            async with store.begin() as transaction:
                await Projection().apply(transaction, [event])
    (tmp_path / "jwks.json").write_text(KEYS[1])
    settings = Settings(jwks_file=tmp_path / "jwks.json", open_pages=True)
    async with client(read_only(reader(settings), settings, over(store, open_pages=True))) as opened:
        yield opened


async def read(http: httpx.AsyncClient, path: str, role: str = "LDR", **asked: Any) -> dict[str, Any]:
    answer = await http.get(path, params=asked, headers=bearer(role))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize(("code", "pair"), [("SIGN_ONTIME", (5, 7)), ("CLOSE_ONTIME", (1, 3))])
async def test_a_figure_of_time_is_a_pair_with_the_versions_that_took_part(
    http: httpx.AsyncClient, code: str, pair: tuple[int, int]
) -> None:
    answer = await read(http, f"/v1/indicators/{code}")
    assert (answer["numerator"], answer["denominator"]) == pair
    assert (answer["policy_versions"], answer["calendar_versions"]) == (["p-1"], ["cn-1"])
    assert (answer["mode"], answer["definition_version"]) == ("DUE", 1)
    assert answer["deferred"] == {"SIGN_ONTIME": None, "CLOSE_ONTIME": 1}[code]


async def test_a_figure_without_deadlines_names_no_version(http: httpx.AsyncClient) -> None:
    answer = await read(http, "/v1/indicators/CLOSE_RATE")
    assert (answer["policy_versions"], answer["calendar_versions"]) == ([], [])


async def test_the_unit_that_was_asked_to_sign_carries_its_assignment(http: httpx.AsyncClient) -> None:
    answer = await read(http, "/v1/indicators/SIGN_ONTIME", by="org")
    pairs = {group["key"]: (group["numerator"], group["denominator"]) for group in answer["groups"]}
    assert pairs == {"org-1": (1, 1), "unit-a": (3, 5), "unit-b": (1, 1)}
    only = await read(http, "/v1/indicators/SIGN_ONTIME", org="unit-b")
    assert (only["numerator"], only["denominator"]) == (1, 1)


async def test_a_period_asks_for_what_fell_due_in_it(http: httpx.AsyncClient) -> None:
    first = {"from": "2020-03-02", "to": "2020-03-03"}
    assert (await read(http, "/v1/indicators/SIGN_ONTIME", **first))["denominator"] == 6
    assert (await read(http, "/v1/indicators/CLOSE_ONTIME", **first))["display"] is None
    assert (await read(http, "/v1/indicators/CLOSE_ONTIME", period="2020-03"))["denominator"] == 3
    months = (await read(http, "/v1/indicators/SIGN_ONTIME", by="month"))["groups"]
    assert [(group["key"], group["denominator"]) for group in months] == [("2020-03", 7)]


@pytest.mark.parametrize(("code", "pair"), [("SIGN_ONTIME", (5, 7)), ("CLOSE_ONTIME", (1, 3))])
async def test_every_figure_opens_page_by_page_to_the_events_that_made_it(
    http: httpx.AsyncClient, code: str, pair: tuple[int, int]
) -> None:
    events = {event.id: event.kind for number, story in enumerate(STORIES) for event in told(number, story)}
    for side, expected in zip(("numerator", "denominator"), pair, strict=True):
        seen = [item async for item in _behind(http, code, side)]
        assert len({(item["matter"], item["assignment_no"]) for item in seen}) == len(seen) == expected
        for item in seen:
            assert len(item["counted_by"]) == 1
            assert bool(item["succeeded_by"]) == item["in_numerator"]
            assert {*item["counted_by"], *item["succeeded_by"]} <= events.keys()
            assert {events[one] for one in item["counted_by"]} <= PROOFS[code]


PROOFS = {
    "SIGN_ONTIME": {"dispatch.assignment_signed", "dispatch.sla_breached"},
    "CLOSE_ONTIME": {"dispatch.case_closed", "dispatch.sla_breached"},
}


async def _behind(
    http: httpx.AsyncClient, code: str, side: str, role: str = "LDR"
) -> AsyncIterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        page = await read(http, f"/v1/indicators/{code}/cases", role, side=side, limit=2, **cursor)
        for item in page["items"]:
            yield item
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


async def test_a_unit_sees_its_own_assignment_after_the_case_has_gone_on(http: httpx.AsyncClient) -> None:
    own = [item async for item in _behind(http, "SIGN_ONTIME", "denominator", "UNT")]
    assert [(item["attributed_to"], item["holder"], item["assignment_no"]) for item in own] == [
        ("org-1", "unit-a", 1)
    ]


@pytest.mark.parametrize("code", ["SIGN_ONTIME", "CLOSE_ONTIME"])
async def test_the_pages_show_the_versions_and_every_assignment(http: httpx.AsyncClient, code: str) -> None:
    page = await http.get("/", params={"indicator": code})
    assert page.status_code == 200
    assert "cn-1" in page.text
    assert "p-1" in page.text
    assert "缓办（挂起，不计入） 1 件" in page.text
    behind = await http.get(f"/figures/{code}")
    assert behind.status_code == 200
    assert "到期时间" in behind.text
    assert ("第2次派遣" in behind.text) == (code == "SIGN_ONTIME")
