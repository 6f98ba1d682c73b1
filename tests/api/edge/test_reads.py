"""Reads: never behind what was accepted, paged without gaps, opened only for a purpose."""

import asyncio
from pathlib import Path

import httpx
import pytest

from libs.events.memory import MemoryStore
from libs.events.runtime import build
from tests.api.edge import ledger
from tests.api.edge.ledger import bearer
from tests.api.edge.test_bad_input import problem
from tests.api.edge.test_commands import post, received

REPORT = "report-0190b6a0-0000-7000-8000-000000000001"


async def get(http: httpx.AsyncClient, path: str, *roles: str) -> httpx.Response:
    return await http.get(path, headers=bearer(*roles))


async def test_a_matter_is_read_as_it_stands(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    answer = await get(http, f"/v1/cases/{matter}", "UNT")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["position"] == f"case-{matter}@1"
    assert answer.json() == {
        "matter": matter,
        "stream": f"case-{matter}",
        "version": 1,
        "state": {"lifecycle": "RECEIVED"},
        "allowed": ["sign"],
    }


async def test_the_history_is_paged_without_gaps_or_repeats(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    for number in range(6):
        await post(http, f"/v1/cases/{matter}/explain", {"text": f"reason {number}"}, f"e-{number}")
    seen, path = [], f"/v1/cases/{matter}/events?limit=3"
    cursor: str | None = ""
    while cursor is not None:
        page = (await get(http, path + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [item["streamversion"] for item in page["items"]]
        cursor = page["next"]
    assert [int(version) for version in seen] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("cursor", ["x", "djA", "!!", "YWJj", "dg", "%00"])
async def test_a_bad_cursor_is_400_or_an_empty_page_at_most(http: httpx.AsyncClient, cursor: str) -> None:
    matter = await received(http)
    answer = await get(http, f"/v1/cases/{matter}/events?cursor={cursor}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        problem(answer, 400, "bad_cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x"])
async def test_a_page_has_one_to_two_hundred_items(http: httpx.AsyncClient, query: str) -> None:
    body = problem(await get(http, f"/v1/cases/{await received(http)}/events?{query}"), 422, "fields_wrong")
    assert body["errors"][0]["parameter"] == "limit"


async def test_sealed_text_is_opened_for_a_purpose_and_a_role(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    await post(http, f"/v1/cases/{matter}/explain", {"text": "王某某 13800138000"})
    events = await get(http, f"/v1/cases/{matter}/events")
    assert "13800138000" not in events.text
    opened = await get(http, f"/v1/cases/{matter}/texts?purpose=HANDLING")
    assert [item["text"] for item in opened.json()["items"]] == ["王某某 13800138000"]
    assert opened.json()["items"][0]["pointer"] == "/explanation"
    problem(await get(http, f"/v1/cases/{matter}/texts?purpose=HANDLING", "UNT"), 403, "not_permitted")
    body = problem(await get(http, f"/v1/cases/{matter}/texts"), 422, "fields_wrong")
    assert body["errors"] == [{"parameter": "purpose", "code": "missing", "detail": "必填"}]


async def test_a_text_that_cannot_be_sealed_is_refused(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    problem(await post(http, f"/v1/cases/{matter}/explain", {"text": "x" * 12_001}), 422, "fields_wrong")


async def test_a_read_after_the_own_write_is_answered_at_once(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    assert (await get(http, f"/v1/cases/{matter}?after=case-{matter}@1")).status_code == 200


async def test_a_read_waits_for_a_foreign_stream(http: httpx.AsyncClient, store: MemoryStore) -> None:
    matter = await received(http)
    reading = asyncio.create_task(get(http, f"/v1/cases/{matter}?after={REPORT}@2"))
    await asyncio.sleep(0)
    assert not reading.done()
    async with store.begin() as tx:
        await tx.advance({REPORT: 2})
    assert (await reading).status_code == 200


async def test_a_wait_that_ends_too_early_is_503(tmp_path: Path, store: MemoryStore) -> None:
    app = build(ledger.STAGE, ledger.settings(tmp_path, after_deadline=0.05), store=store)
    async with ledger.client(app) as http:
        answer = await get(http, f"/v1/cases/{await received(http)}?after={REPORT}@1")
    body = problem(answer, 503, "position_not_reached")
    assert body["retryable"] is True
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "position",
    ["x", "case-1@1", f"{REPORT}@0", f"{REPORT}@-1", f"{REPORT}", f"dispute{REPORT[6:]}@1", "a@" * 500],
)
async def test_a_bad_position_is_400(http: httpx.AsyncClient, position: str) -> None:
    problem(await get(http, f"/v1/cases/{await received(http)}?after={position}"), 400, "after_malformed")
