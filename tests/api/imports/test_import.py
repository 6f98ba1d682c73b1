"""Legacy rows over HTTP: judged one by one, imported whole or not at all, at their own times, once."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from libs.events.importing import ImportBody
from libs.events.memory import MemoryStore
from libs.events.register import Row, matter_of_row, read_row
from services.dispatch.import_routes import ImportCasesForm
from services.dispatch.imports import CaseRow
from services.mediation.import_routes import ImportDisputesForm
from services.mediation.imports import DisputeRow
from tests.api.edge.ledger import bearer

CLOSED: dict[str, Any] = {
    "channel": "01", "category": "2.EVENT.LITTER", "org_code": "640202001001",
    "filed_at": "2019-03-01T08:30:00+08:00", "dispatched_at": "2019-03-01T09:00:00+08:00",
    "unit": "urban", "dispatched_by": "duty", "signed_at": "2019-03-01T10:00:00+08:00",
    "person_in_charge": "u-1",
    "feedback_at": "2019-03-02T10:00:00+08:00", "handled_by": "u-1", "result": "O1",
    "measures": "已到现场处置完毕", "closed_at": "2019-03-03T10:00:00+08:00", "closed_by": "closer",
    "outcome": "O1",
}  # fmt: skip
DISPUTE: dict[str, Any] = {
    "channel": "13", "category": "5.DC.02", "org_code": "640202001001", "summary": "因楼上漏水引发争议",
    "registered_at": "2019-03-01T08:30:00+08:00", "registered_by": "station",
}  # fmt: skip


async def send(
    http: httpx.AsyncClient, *rows: dict[str, Any], key: str = "k-1", noun: str = "cases", **headers: str
) -> httpx.Response:
    body = {"source_system": "old", "rows": list(rows)}
    return await http.post(
        f"/v1/{noun}/import", json=body, headers={**bearer("ADM"), "idempotency-key": key, **headers}
    )


def case(number: str, **changes: Any) -> dict[str, Any]:
    return {"external_no": number, **CLOSED, **changes}


async def test_a_closed_row_becomes_five_events_at_their_own_times(
    cases: httpx.AsyncClient, store: MemoryStore
) -> None:
    answer = await send(cases, case("A-1"))
    assert (answer.status_code, answer.json()) == (200, {"imported": 1, "already": 0, "rejected": []})
    history = await store.read(f"case-{matter_of_row('old', 'A-1')}")
    assert [event.version for event in history] == [1, 2, 3, 4, 5]
    assert history[0].cause.at == datetime(2019, 3, 1, 0, 30, tzinfo=UTC)
    assert history[4].cause.at == datetime(2019, 3, 3, 2, 0, tzinfo=UTC)
    assert {(e.cause.source_system, e.cause.external_no, e.cause.channel) for e in history} == {
        ("old", "A-1", "01")
    }


async def test_texts_of_the_register_are_sealed(cases: httpx.AsyncClient, store: MemoryStore) -> None:
    await send(cases, case("A-1"))
    matter = matter_of_row("old", "A-1")
    assert "现场" not in repr(await store.read(f"case-{matter}"))
    texts = await cases.get(f"/v1/cases/{matter}/texts?purpose=HANDLING", headers=bearer("DSP"))
    assert "已到现场处置完毕" in texts.text


async def test_a_second_import_finds_every_row_there_already(
    cases: httpx.AsyncClient, store: MemoryStore
) -> None:
    await send(cases, case("A-1"), case("A-2"))
    again = await send(cases, case("A-1"), case("A-2"), case("A-3"), key="k-2")
    assert again.json() == {"imported": 1, "already": 2, "rejected": []}
    assert len(await store.read(f"case-{matter_of_row('old', 'A-1')}")) == 5


async def test_the_same_request_again_gets_the_same_answer(cases: httpx.AsyncClient) -> None:
    first, second = await send(cases, case("A-1")), await send(cases, case("A-1"))
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_wrong_row_tells_all_its_reasons_and_stops_nobody(cases: httpx.AsyncClient) -> None:
    wrong = case("A-2", channel="77", unit=None, colour="red")
    answer = (await send(cases, case("A-1"), wrong, case("A-3"))).json()
    assert answer["imported"] == 2
    assert {
        (entry["index"], entry["external_no"], entry["field"], entry["code"]) for entry in answer["rejected"]
    } == {
        (1, "A-2", "channel", "unknown_code"),
        (1, "A-2", "colour", "unknown_field"),
    }


async def test_steps_out_of_order_and_without_their_step_before_are_rejected(
    cases: httpx.AsyncClient,
) -> None:
    early = case("A-1", closed_at="2019-03-01T08:31:00+08:00")
    alone = case("A-2", signed_at=None)
    future = case("A-3", closed_at="2999-03-01T08:31:00+08:00")
    answer = (await send(cases, early, alone, future)).json()
    assert [(entry["index"], entry["field"], entry["code"]) for entry in answer["rejected"]] == [
        (0, "closed_at", "before_previous"),
        (1, "signed_at", "missing"),
        (2, "closed_at", "in_future"),
    ]
    assert answer["imported"] == 0


async def test_a_rule_of_the_stage_refuses_a_row_with_its_code(
    cases: httpx.AsyncClient, store: MemoryStore
) -> None:
    answer = (await send(cases, case("A-1", closed_by="u-1"))).json()
    assert [entry["code"] for entry in answer["rejected"]] == ["dispatch.handler_reviews_own_work"]
    assert answer["rejected"][0]["detail"] != answer["rejected"][0]["code"]
    assert await store.read(f"case-{matter_of_row('old', 'A-1')}") == []


@pytest.mark.parametrize("value", [1551400200, "2019-03-01 08:30:00", "yesterday", None])
async def test_a_time_is_text_with_its_offset(cases: httpx.AsyncClient, value: object) -> None:
    answer = (await send(cases, case("A-1", filed_at=value))).json()
    assert {entry["field"] for entry in answer["rejected"]} == {"filed_at"}


async def test_five_hundred_rows_are_the_most(cases: httpx.AsyncClient) -> None:
    many = [case(f"A-{number}") for number in range(501)]
    assert (await send(cases, *many)).status_code == 422
    full = await send(cases, *many[:500], key="k-2")
    assert full.json()["imported"] == 500


async def test_only_an_administrator_imports(cases: httpx.AsyncClient) -> None:
    answer = await send(cases, case("A-1"), **bearer("DSP"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_dispute_is_imported_the_same_way(disputes: httpx.AsyncClient, store: MemoryStore) -> None:
    answer = await send(disputes, {"external_no": "J-1", **DISPUTE}, noun="disputes")
    assert answer.json() == {"imported": 1, "already": 0, "rejected": []}
    history = await store.read(f"dispute-{matter_of_row('old', 'J-1')}")
    assert [event.kind for event in history] == ["mediation.dispute_registered"]


@pytest.mark.parametrize("form", [ImportCasesForm, ImportDisputesForm])
def test_the_documented_example_is_a_row_that_is_taken(form: type[ImportBody]) -> None:
    schema = form.model_json_schema()
    example = schema["examples"][0]["rows"][0]
    row: type[Row] = CaseRow if form is ImportCasesForm else DisputeRow
    found, faults = read_row(row, example)
    assert found is not None
    assert faults == []
    assert set(example) <= set(schema["properties"]["rows"]["items"]["properties"])
