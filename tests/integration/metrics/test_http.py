"""Metrics over HTTP on a real PostgreSQL: figures, what is behind them, lists, pages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

import httpx
import jsonschema_rs
import pytest

from libs.events.postgres import PostgresStore
from libs.events.runtime import read_only
from libs.events.store import Consumed, Parked
from services.metrics.app import reader
from services.metrics.projections import Projection
from services.metrics.reading import over
from services.metrics.settings import Settings
from tests.api.edge.ledger import KEYS, bearer, client
from tests.unit.metrics.histories import MATTER, START, fact, happened

OTHER = uuid5(MATTER, "other")


def filled(number: int, *, closed: bool) -> list[Any]:
    facts = [
        fact("dispatch.case_received", case_no=f"no-{number}", filed_at=START + timedelta(days=number)),
        fact("dispatch.case_dispatched"),
        *([fact("dispatch.case_closed")] if closed else []),
    ]
    return happened(
        facts, uuid5(MATTER, str(number)), START + timedelta(days=number), source_system="register"
    )


@pytest.fixture
async def http(store: PostgresStore, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of metrics with four cases (two closed), a mediated dispute and a live matter."""
    dispute = [fact("mediation.dispute_registered"), fact("mediation.mediation_accepted")]
    live = [fact("intake.report_submitted"), fact("intake.case_filed"), fact("dispatch.case_received")]
    async with store.begin() as transaction:
        for number in range(4):
            await Projection().apply(transaction, filled(number, closed=number < 2))
        await Projection().apply(transaction, happened(dispute, OTHER))
        await Projection().apply(transaction, happened(live))
        await transaction.move([Consumed("case.dispatch", 0, 0, 17, 1)])
    (tmp_path / "jwks.json").write_text(KEYS[1])
    settings = Settings(jwks_file=tmp_path / "jwks.json", after_deadline=0.3)
    async with client(read_only(reader(settings), settings, over(store))) as opened:
        yield opened


async def read(http: httpx.AsyncClient, path: str, *roles: str, **parameters: Any) -> dict[str, Any]:
    answer = await http.get(path, params=parameters, headers=bearer(*(roles or ("LDR",))))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_figure_is_a_pair_with_its_display_and_position(http: httpx.AsyncClient) -> None:
    answer = await read(http, "/v1/indicators/CLOSE_RATE", by="org")
    assert (answer["numerator"], answer["denominator"], answer["display"]) == (2, 5, "40.0%")
    assert answer["as_of"] == {"case.dispatch": {"0": 17}}
    assert answer["definition_version"] == 1
    assert [group["key"] for group in answer["groups"]] == ["unit-housing", None]
    assert [group["display"] for group in answer["groups"]] == ["50.0%", "0.0%"]


async def test_decimals_and_periods_are_chosen_by_the_reader(http: httpx.AsyncClient) -> None:
    whole = await read(http, "/v1/indicators/CLOSE_RATE", decimals=0, source="register")
    assert whole["display"] == "50%"
    first_day = await read(http, "/v1/indicators/CLOSE_RATE", **{"from": "2020-03-02", "to": "2020-03-03"})
    assert (first_day["numerator"], first_day["denominator"]) == (1, 2)
    assert (await read(http, "/v1/indicators/CLOSE_RATE", period="2019"))["display"] is None


async def test_every_figure_opens_down_to_events(http: httpx.AsyncClient) -> None:
    behind = await read(http, "/v1/indicators/CLOSE_RATE/cases", side="numerator", limit=1)
    assert len(behind["items"]) == 1
    rest = await read(http, "/v1/indicators/CLOSE_RATE/cases", side="numerator", cursor=behind["next"])
    assert rest["next"] is None
    items = behind["items"] + rest["items"]
    events = {event.id for number in range(2) for event in filled(number, closed=True)}
    assert [item["case_no"] for item in items] == ["no-0", "no-1"]
    assert all({*item["counted_by"], *item["succeeded_by"]} <= events for item in items)
    assert all(len(item["counted_by"]) == len(item["succeeded_by"]) == 1 for item in items)


async def test_definitions_are_served_as_data(http: httpx.AsyncClient) -> None:
    items = (await read(http, "/v1/indicators"))["items"]
    assert [item["code"] for item in items] == [
        "CLOSE_RATE",
        "RESOLVE_RATE",
        "MEDIATE_RATE",
        "MEDIATE_SUCCESS",
        "SIGN_ONTIME",
        "CLOSE_ONTIME",
    ]
    assert items[0]["label"] == "办结率"


async def test_the_list_is_paged_and_filtered(http: httpx.AsyncClient) -> None:
    seen, cursor = [], None
    while True:
        page = await read(http, "/v1/matters", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["matter"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert [item["case_no"] for item in (await read(http, "/v1/matters", number="no-3"))["items"]] == ["no-3"]
    assert len((await read(http, "/v1/matters", status="CLOSED"))["items"]) == 2
    assert len((await read(http, "/v1/matters", status=["CLOSED", "FILED"]))["items"]) == 3


async def test_one_matter_says_where_it_is(http: httpx.AsyncClient) -> None:
    answer = await read(http, f"/v1/matters/{MATTER}")
    assert (answer["stage"], answer["status"], answer["holder"]) == ("dispatch", "FILED", "centre")
    assert answer["since"] == "2020-03-02T09:02:00+08:00"
    assert answer["streams"] == {f"report-{MATTER}": 2, f"case-{MATTER}": 1}
    assert answer["last_event"]["kind"] == "dispatch.case_received"
    assert answer["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert answer["waiting"] == []


async def test_one_matter_says_what_is_stuck(http: httpx.AsyncClient, store: PostgresStore) -> None:
    stream = f"case-{MATTER}"
    async with store.begin() as transaction:
        await transaction.park([Parked("case.dispatch", 0, 17, stream, None, "json", b"{", None, START)])
    answer = await read(http, f"/v1/matters/{MATTER}")
    assert [(item["stream"], item["reason"]) for item in answer["waiting"]] == [(stream, "json")]


async def test_a_timeline_names_who_did_what_and_who_held_it(http: httpx.AsyncClient) -> None:
    items = (await read(http, f"/v1/matters/{MATTER}/timeline"))["items"]
    assert [item["kind"] for item in items] == [
        "intake.report_submitted", "intake.case_filed", "dispatch.case_received",
    ]  # fmt: skip
    assert items[2]["holder"] == "centre"
    assert items[2]["label"] == "接收案件"
    assert {item["actor"] for item in items} == {"dsp-1"}


async def test_a_read_waits_for_a_position_and_gives_up_in_time(http: httpx.AsyncClient) -> None:
    assert await read(http, f"/v1/matters/{MATTER}", after=f"case-{MATTER}@1")
    late = await http.get(
        "/v1/indicators/CLOSE_RATE", params={"after": f"case-{MATTER}@2"}, headers=bearer("LDR")
    )
    assert late.status_code == 503
    assert late.json()["code"] == "position_not_reached"


async def test_a_unit_sees_what_it_takes_part_in(http: httpx.AsyncClient) -> None:
    theirs = {"authorization": bearer("UNT")["authorization"]}
    assert (await http.get(f"/v1/matters/{OTHER}", headers=theirs)).status_code == 404
    answer = await http.get("/v1/indicators/CLOSE_RATE", headers=theirs)
    assert answer.json()["denominator"] == 0
    assert (await http.get("/v1/matters", headers=theirs)).json()["items"] == []


@pytest.mark.parametrize("path", ["/v1/indicators/NO_RATE", "/v1/indicators/NO_RATE/cases", "/v1/matters/7"])
async def test_what_does_not_exist_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=bearer("LDR"))
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_ask_for_a_token_unless_they_are_open(
    http: httpx.AsyncClient, store: PostgresStore, tmp_path: Path
) -> None:
    closed = await http.get("/")
    assert closed.status_code == 401
    assert "缺少登录凭证" in closed.text
    token = bearer("LDR")["authorization"].removeprefix("Bearer ")
    assert (await http.get("/", headers={"cookie": f"bihuan_token={token}"})).status_code == 200
    settings = Settings(jwks_file=tmp_path / "jwks.json", open_pages=True)
    async with client(read_only(reader(settings), settings, over(store, open_pages=True))) as opened:
        page = await opened.get("/")
        assert page.status_code == 200
        assert "script" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")


@pytest.mark.parametrize(
    "path", ["/", "/?period=2020-03&channel=&indicator=RESOLVE_RATE", "/figures/CLOSE_RATE?side=numerator",
             "/figures/RESOLVE_RATE", "/matters", "/matters?status=CLOSED&channel=01", f"/matters/{MATTER}"],
)  # fmt: skip
async def test_every_page_is_made(http: httpx.AsyncClient, path: str) -> None:
    page = await http.get(path, headers=bearer("LDR"))
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "page." not in page.text.replace("page.css", "")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/matters/7", 404), (f"/matters/{uuid5(MATTER, 'no')}", 404), ("/?period=x", 422), ("/figures/X", 404),
     ("/matters?cursor=x", 400), ("/matters?limit=9999", 422), ("/?channel=77", 422), ("/?nonsense=1", 422)],
)  # fmt: skip
async def test_a_refusal_is_a_page_in_words(http: httpx.AsyncClient, path: str, status: int) -> None:
    page = await http.get(path, headers=bearer("LDR"))
    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_what_others_wrote_is_shown_as_text(http: httpx.AsyncClient, store: PostgresStore) -> None:
    hostile = "<script>alert(1)</script>"
    async with store.begin() as transaction:
        events = happened([fact("dispatch.case_received", case_no=hostile)], uuid5(MATTER, "hostile"))
        await Projection().apply(transaction, events)
    page = await http.get("/matters", headers=bearer("LDR"))
    assert hostile not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v1/indicators", "/v1/indicators"),
        ("/v1/indicators/CLOSE_RATE?by=org", "/v1/indicators/{code}"),
        ("/v1/indicators/CLOSE_RATE/cases", "/v1/indicators/{code}/cases"),
        ("/v1/matters", "/v1/matters"),
        (f"/v1/matters/{MATTER}", "/v1/matters/{matter}"),
        (f"/v1/matters/{MATTER}/timeline", "/v1/matters/{matter}/timeline"),
    ],
)
async def test_answers_are_as_the_published_document_says(
    http: httpx.AsyncClient, path: str, operation: str
) -> None:
    document = (await http.get("/openapi.json")).json()
    content = document["paths"][operation]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "additionalProperties": False}
    check = jsonschema_rs.validator_for(schema)
    check.validate((await http.get(path, headers=bearer("LDR"))).json())
    check.validate(content["example"])
