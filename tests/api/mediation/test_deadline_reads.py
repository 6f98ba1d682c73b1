"""The reads of a dispute's clocks at their edges: who, which, which page, and what is not known here yet."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.events.runtime import build
from libs.reference import Edition, Library
from libs.worktime.schedule import CHINA
from services.mediation.app import stage
from tests.api import city
from tests.api.edge import ledger
from tests.api.loop import editions

ACCEPTANCE = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


def monday() -> datetime:
    return MONDAY


@pytest.fixture
async def mediation(tmp_path: Path) -> AsyncIterator[city.Counter]:
    async with city.counter(stage, tmp_path, clock=monday, library=editions.usual()) as counter:
        yield counter


async def accepted(mediation: city.Counter) -> str:
    matter = str((await mediation.start(city.STATION, city.DISPUTE)).json()["matter"])
    await mediation.done(city.COMMITTEE, "accept-mediation", matter, ACCEPTANCE)
    return matter


async def test_before_any_clock_started_the_list_is_empty(mediation: city.Counter) -> None:
    matter = str((await mediation.start(city.STATION, city.DISPUTE)).json()["matter"])
    answer = await mediation.get(city.COMMITTEE, f"{matter}/deadlines")
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert (answer.headers["etag"], answer.headers["position"]) == ('"1"', f"dispute-{matter}@1")


@pytest.mark.parametrize("clock", ["HANDLE", "period", "NOTHING", "%E5%BC%A0"])
async def test_a_clock_that_the_matter_has_not_is_unknown(mediation: city.Counter, clock: str) -> None:
    matter = await accepted(mediation)
    answer = await mediation.get(city.COMMITTEE, f"{matter}/deadlines/{clock}/explain")
    assert city.refused(answer) == (404, "unknown_clock")


async def test_a_matter_that_nobody_knows_has_no_clocks(mediation: city.Counter) -> None:
    nobody = "0190a8f2-7c3e-7c11-9a52-1d2f3e4a5b6c"
    for path in (f"{nobody}/deadlines", f"{nobody}/deadlines/PERIOD/explain"):
        assert city.refused(await mediation.get(city.COMMITTEE, path)) == (404, "unknown_matter")


async def test_who_may_not_read_the_matter_may_not_read_its_clocks(mediation: city.Counter) -> None:
    matter = await accepted(mediation)
    for path in (f"{matter}/deadlines", f"{matter}/deadlines/PERIOD/explain"):
        assert city.refused(await mediation.get(city.AUDITOR, path)) == (403, "not_permitted")


async def test_a_read_waits_for_the_position_it_names(mediation: city.Counter) -> None:
    matter = await accepted(mediation)
    reached = await mediation.get(city.COMMITTEE, f"{matter}/deadlines?after=dispute-{matter}@3")
    assert reached.status_code == 200
    beyond = await mediation.get(
        city.COMMITTEE, f"{matter}/deadlines/PERIOD/explain?after=dispute-{matter}@9"
    )
    assert city.refused(beyond) == (503, "position_not_reached")


async def test_a_long_explanation_comes_in_pages(mediation: city.Counter) -> None:
    matter = await accepted(mediation)
    path = f"{matter}/deadlines/PERIOD/explain"
    whole = (await mediation.get(city.COMMITTEE, path)).json()
    found: list[dict[str, Any]] = []
    query = "?limit=9"
    while query:
        page = (await mediation.get(city.COMMITTEE, path + query)).json()
        assert page["arithmetic"] == whole["arithmetic"]
        found += page["steps"]
        query = f"?limit=9&cursor={page['next']}" if page["next"] else ""
    assert found == whole["steps"]
    assert len(found) == 31


@pytest.mark.parametrize(("query", "code"), [("?cursor=x", "bad_cursor"), ("?limit=201", "fields_wrong")])
async def test_a_page_that_is_none_of_ours_is_refused(mediation: city.Counter, query: str, code: str) -> None:
    matter = await accepted(mediation)
    answer = await mediation.get(city.COMMITTEE, f"{matter}/deadlines/PERIOD/explain{query}")
    assert city.refused(answer)[1] == code


async def test_the_words_are_those_of_the_reader(mediation: city.Counter) -> None:
    matter = await accepted(mediation)
    english = {"accept-language": "en"}
    answer = await mediation.get(city.COMMITTEE, f"{matter}/deadlines/PERIOD/explain", **english)
    body = answer.json()
    assert (body["name"], body["state_label"]) == ("Period of mediation", "Running")
    assert body["steps"][0]["text"] == "day of the start, does not count"
    assert body["label"] == "4-1 24:00"


# an edition that is not here yet


def elsewhere(
    mediation: city.Counter, folder: Path, library: Library, *, seconds: float = 0.05
) -> httpx.AsyncClient:
    """Another replica over the same store, with what it knows of reference data."""
    folder.mkdir()
    settings = ledger.settings(folder, after_deadline=seconds)
    app = build(stage, settings, store=mediation.store, clock=monday, library=library)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://mediation")


async def test_without_the_edition_there_is_no_guess(mediation: city.Counter, tmp_path: Path) -> None:
    matter = await accepted(mediation)
    path = f"/v1/disputes/{matter}/deadlines"
    headers = {"authorization": city.COMMITTEE.bearer(MONDAY)}
    async with elsewhere(mediation, tmp_path / "other", Library()) as other:
        for asked in (path, f"{path}/PERIOD/explain"):
            answer = await other.get(asked, headers=headers)
            assert city.refused(answer) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"


class Coming(Library):
    """A library to which the edition comes while somebody waits for it."""

    asked = 0

    def editions(self) -> tuple[Edition, ...]:
        self.asked += 1
        if self.asked == 3:
            editions.add_usual(self)
        return super().editions()


async def test_a_read_goes_on_once_the_edition_has_come(mediation: city.Counter, tmp_path: Path) -> None:
    matter = await accepted(mediation)
    headers = {"authorization": city.COMMITTEE.bearer(MONDAY)}
    library = Coming()
    async with elsewhere(mediation, tmp_path / "other", library, seconds=2.5) as other:
        answer = await other.get(f"/v1/disputes/{matter}/deadlines", headers=headers)
    assert answer.status_code == 200, answer.text
    assert [item["label"] for item in answer.json()["items"]] == ["4月1日 24:00"]
    assert library.asked == 3
