"""A matter's sealing key is stored with the first events it seals, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.events.errors import KeyRaced, Unavailable
from libs.events.memory import MemoryStore
from libs.events.register import matter_of_row
from libs.events.runtime import Stage, build
from libs.events.store import Answer, Append, VaultKey
from services.dispatch.app import stage as dispatch
from services.intake.app import stage as intake
from tests.api import city
from tests.api.dispatch.test_commands import RETURN
from tests.api.dispatch.test_commands import received as filed
from tests.api.edge import ledger
from tests.api.edge.ledger import bearer
from tests.api.edge.test_commands import post, received
from tests.api.imports.test_import import CLOSED

ADMINISTRATOR = city.Clerk("admin-001", "ADM")
NOBODY = "0192f0aa-0000-7000-8000-00000000ffff"


class Shelf(MemoryStore):
    """A store that lets its vault be looked into."""

    def keys(self) -> dict[UUID, VaultKey]:
        return dict(self._tables.vault)


class Meeting(Shelf):
    """Whoever finds no key waits here until a second one found none, so that they race for it."""

    def __init__(self) -> None:
        super().__init__()
        self.door = asyncio.Barrier(2)

    async def vault_keys(self, matters: Sequence[UUID]) -> dict[UUID, VaultKey]:
        held = await super().vault_keys(matters)
        if not held:
            await self.door.wait()
        return held


class Troubled(Shelf):
    """An append that brings keys fails, a number of times."""

    def __init__(self, failure: Exception, times: int) -> None:
        super().__init__()
        self.failure, self.times, self.calls = failure, times, 0

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        if keys:
            self.calls += 1
            if self.calls <= self.times:
                raise self.failure
        await super().append(appends, answer, keys)


@pytest.fixture
def store() -> Shelf:
    return Shelf()


async def serving(stage: Stage, folder: Path, store: MemoryStore) -> AsyncIterator[city.Counter]:
    async with ledger.client(build(stage, ledger.settings(folder), store=store)) as http:
        yield city.Counter(http, store, stage.noun)


@pytest.fixture
async def cases(tmp_path: Path, store: Shelf) -> AsyncIterator[city.Counter]:
    async for counter in serving(dispatch, tmp_path, store):
        yield counter


@pytest.fixture
async def reports(tmp_path: Path, store: Shelf) -> AsyncIterator[city.Counter]:
    async for counter in serving(intake, tmp_path, store):
        yield counter


async def explain(http: httpx.AsyncClient, matter: str, text: str, key: str) -> httpx.Response:
    return await post(http, f"/v1/cases/{matter}/explain", {"text": text}, key)


async def texts(http: httpx.AsyncClient, matter: str) -> set[str | None]:
    answer = await http.get(f"/v1/cases/{matter}/texts?purpose=HANDLING", headers=bearer())
    return {item["text"] for item in answer.json()["items"]}


async def test_a_first_text_brings_the_key_of_its_matter(http: httpx.AsyncClient, store: Shelf) -> None:
    matter = await received(http)
    assert store.keys() == {}
    await explain(http, matter, "eins", "e-1")
    kept = store.keys()
    await explain(http, matter, "zwei", "e-2")
    assert list(kept) == [UUID(matter)]
    assert store.keys() == kept
    assert await texts(http, matter) == {"eins", "zwei"}


async def test_all_texts_of_one_request_share_the_key_that_came_with_it(
    reports: city.Counter, store: Shelf
) -> None:
    begun = await reports.start(city.GRID_WORKER, city.REPORT)
    matter = begun.json()["matter"]
    read = await reports.get(city.REVIEWER, f"{matter}/texts?purpose=VERIFICATION")
    assert list(store.keys()) == [UUID(matter)]
    assert {item["text"] for item in read.json()["items"]} == {
        city.REPORT[name] for name in ("subject", "description", "place")
    }


async def test_a_matter_nobody_has_heard_of_gets_no_key(http: httpx.AsyncClient, store: Shelf) -> None:
    answer = await explain(http, NOBODY, "reason", "e-1")
    assert (answer.status_code, store.keys()) == (404, {})


async def test_a_refused_command_leaves_no_key(cases: city.Counter, store: Shelf) -> None:
    matter = await filed(cases)
    answer = await cases.ask(city.URBAN, "request-return", matter, RETURN)
    assert (answer.status_code, store.keys()) == (409, {})


async def test_wrong_fields_and_an_old_version_leave_no_key(http: httpx.AsyncClient, store: Shelf) -> None:
    matter = await received(http)
    wrong = await post(http, f"/v1/cases/{matter}/explain", {"text": "reason", "more": 1})
    long = await explain(http, matter, "x" * 12_001, "e-1")
    await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"}, "s-1")
    path, old = f"/v1/cases/{matter}/explain", {"if-match": '"1"'}
    stale = await post(http, path, {"text": "reason"}, "e-2", **old)
    assert [answer.status_code for answer in (wrong, long, stale)] == [422, 422, 412]
    assert store.keys() == {}


async def test_a_text_that_is_refused_after_another_was_sealed_leaves_no_key(
    reports: city.Counter, store: Shelf
) -> None:
    answer = await reports.start(city.GRID_WORKER, {**city.REPORT, "place": "北" * 4001})
    assert (answer.status_code, store.keys()) == (422, {})


async def test_a_key_of_idempotency_used_twice_leaves_only_the_first_matters_key(
    tmp_path: Path, store: Shelf
) -> None:
    async for reports in serving(intake, tmp_path, store):
        headers = {"authorization": city.GRID_WORKER.bearer(), "idempotency-key": "k-1"}
        first = await reports.http.post("/v1/reports", json=city.REPORT, headers=headers)
        again = await reports.http.post("/v1/reports", json=city.REPORT, headers=headers)
        other = {**city.REPORT, "subject": "南门垃圾"}
        misused = await reports.http.post("/v1/reports", json=other, headers=headers)
        assert [answer.status_code for answer in (first, again, misused)] == [201, 201, 422]
        assert list(store.keys()) == [UUID(first.json()["matter"])]


async def test_two_first_texts_at_once_are_both_readable(tmp_path: Path) -> None:
    store = Meeting()
    async with ledger.client(build(ledger.STAGE, ledger.settings(tmp_path), store=store)) as http:
        matter = await received(http)
        asked = (explain(http, matter, text, text) for text in ("eins", "zwei"))
        answers = await asyncio.wait_for(asyncio.gather(*asked), 10)
        assert [answer.status_code for answer in answers] == [200, 200]
        assert await texts(http, matter) == {"eins", "zwei"}
        assert len(store.keys()) == 1
        metrics = (await http.get("/metrics")).text
        assert 'operation="Explain",outcome="accepted",service="dispatch"} 2.0' in metrics
        assert 'operation="Explain",outcome="refused"' not in metrics


async def test_two_equal_first_requests_at_once_get_one_answer(tmp_path: Path) -> None:
    store = Meeting()
    async with ledger.client(build(ledger.STAGE, ledger.settings(tmp_path), store=store)) as http:
        matter = await received(http)
        asked = (explain(http, matter, "eins", "e-1") for _ in range(2))
        answers = await asyncio.wait_for(asyncio.gather(*asked), 10)
        assert len({answer.content for answer in answers}) == 1
        assert sum("idempotency-replayed" in answer.headers for answer in answers) == 1
        assert await store.versions([f"case-{matter}"]) == {f"case-{matter}": 2}


async def test_a_key_that_was_not_stored_is_not_used_again(tmp_path: Path) -> None:
    store = Troubled(Unavailable("database"), times=1)
    async with ledger.client(build(ledger.STAGE, ledger.settings(tmp_path), store=store)) as http:
        matter = await received(http)
        first = await explain(http, matter, "eins", "e-1")
        assert (first.status_code, store.keys()) == (503, {})
        assert (await explain(http, matter, "eins", "e-1")).status_code == 200
        assert await texts(http, matter) == {"eins"}


async def test_whoever_loses_every_race_is_told_to_come_back(tmp_path: Path) -> None:
    store = Troubled(KeyRaced("vault"), times=3)
    async with ledger.client(build(ledger.STAGE, ledger.settings(tmp_path), store=store)) as http:
        matter = await received(http)
        lost = await explain(http, matter, "eins", "e-1")
        assert (lost.status_code, lost.json()["code"], lost.json()["retryable"]) == (503, "busy", True)
        assert (store.calls, store.keys()) == (3, {})
        assert (await explain(http, matter, "eins", "e-1")).status_code == 200


def register_row(number: str, **changes: str | None) -> dict[str, Any]:
    """A case of a register with one text of its own."""
    return {"external_no": number, **CLOSED, **changes}


async def imported(cases: city.Counter, *rows: dict[str, Any]) -> dict[str, Any]:
    answer = await cases.post(ADMINISTRATOR, "/v1/cases/import", {"source_system": "old", "rows": list(rows)})
    document: dict[str, Any] = answer.json()
    return document


async def test_only_rows_that_go_in_get_a_key(cases: city.Counter, store: Shelf) -> None:
    refused = register_row("A-2", closed_by="u-1")
    wrong = register_row("A-3", channel="77")
    became = await imported(cases, register_row("A-1"), refused, wrong)
    assert (became["imported"], len(became["rejected"])) == (1, 2)
    assert list(store.keys()) == [matter_of_row("old", "A-1")]


async def test_a_second_import_stores_no_key(cases: city.Counter, store: Shelf) -> None:
    await imported(cases, register_row("A-1"))
    kept = store.keys()
    assert (await imported(cases, register_row("A-1"), register_row("A-1")))["already"] == 2
    assert store.keys() == kept
    read = await cases.get(city.CLOSER, f"{matter_of_row('old', 'A-1')}/texts?purpose=SUPERVISION")
    assert CLOSED["measures"] in [item["text"] for item in read.json()["items"]]


async def test_two_equal_imports_at_once_are_told_apart_and_readable(tmp_path: Path) -> None:
    store = Meeting()
    async for cases in serving(dispatch, tmp_path, store):
        rows = [register_row(f"A-{number}") for number in range(3)]
        both = await asyncio.wait_for(asyncio.gather(*(imported(cases, *rows) for _ in range(2))), 10)
        assert sorted((it["imported"], it["already"]) for it in both) == [(0, 3), (3, 0)]
        assert len(store.keys()) == 3
        for number in range(3):
            matter = matter_of_row("old", f"A-{number}")
            read = await cases.get(city.CLOSER, f"{matter}/texts?purpose=SUPERVISION")
            assert CLOSED["measures"] in [item["text"] for item in read.json()["items"]]
