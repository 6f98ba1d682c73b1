"""What a network and a broker do to events: doubled, broken, late, lost. The answer stays the same."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.demo.live import DISPATCH, INTAKE, MEDIATION, METRICS, Story, ordinary
from libs.events.clock import system_clock
from tests.e2e.installation import CAST, PLAN, Installation
from tests.e2e.log import consumed, fetch, publish, records_of
from tests.waiting import until

LISTENERS = {
    "case.intake": (DISPATCH, MEDIATION, METRICS),
    "case.dispatch": (INTAKE, MEDIATION, METRICS),
    "case.mediation": (INTAKE, DISPATCH, METRICS),
}


async def until_heard(city: Installation, places: list[tuple[str, int, int]]) -> None:
    """Every service that listens has committed these records."""
    for place in places:
        for stage in LISTENERS[place[0]]:
            dsn = city.around.dsn[stage]

            async def heard(dsn: str = dsn, place: tuple[str, int, int] = place) -> bool:
                return await consumed(dsn, [place])

            await until(heard, 30.0)


async def snapshot(city: Installation, matter: str) -> dict[str, Any]:
    """Everything the services know about a matter: their own events, and the row of metrics."""
    stages = {INTAKE: "report", DISPATCH: "case", MEDIATION: "dispute"}
    known: dict[str, Any] = {}
    for stage, prefix in stages.items():
        rows = await fetch(
            city.around.dsn[stage], "SELECT version, kind FROM events WHERE stream = $1 ORDER BY version",
            f"{prefix}-{matter}",
        )  # fmt: skip
        known[stage] = [tuple(row) for row in rows]
    rows = await fetch(city.around.dsn[METRICS], "SELECT * FROM matters WHERE matter = $1::uuid", matter)
    return {**known, METRICS: [dict(row) for row in rows]}


async def finished(city: Installation) -> Story:
    """An ordinary case of which every service has heard the end."""
    async with city.client() as client:
        told = Story(client, CAST, PLAN.live, system_clock)
        await ordinary(told)
        await client.read(
            INTAKE, f"/v1/reports/{told.matter}", CAST.reviewer, after=[told.positions[DISPATCH]]
        )
        told.positions[INTAKE] = await client.position(INTAKE, f"/v1/reports/{told.matter}", CAST.reviewer)
        positions = list(told.positions.values())
        await client.read(METRICS, f"/v1/matters/{told.matter}", CAST.dispatcher, after=positions)
    return told


async def test_every_event_three_times_more_changes_nothing(city: Installation) -> None:
    told = await finished(city)
    before = await snapshot(city, told.matter)
    records = await records_of(city.around.bootstrap, told.matter)
    assert len(records) == 10
    places = await publish(city.around.bootstrap, records * 3)
    await until_heard(city, places)
    assert await snapshot(city, told.matter) == before


async def test_a_broken_record_parks_its_own_matter_and_no_other(city: Installation) -> None:
    told = await finished(city)
    before = await snapshot(city, told.matter)
    broken = ("case.dispatch", told.matter.encode(), b'{"specversion":"1.0","broken')
    places = await publish(city.around.bootstrap, [broken])
    await until_heard(city, places)
    for stage in LISTENERS["case.dispatch"]:
        rows = await fetch(
            city.around.dsn[stage],
            "SELECT state, record FROM parked WHERE stream = $1",
            f"case-{told.matter}",
        )
        assert [tuple(row) for row in rows] == [("PENDING", broken[2])]
    assert await snapshot(city, told.matter) == before
    await finished(city)


async def test_an_answer_that_was_lost_is_given_again(city: Installation) -> None:
    """The client hangs up after sending; asked again under the same key, the case was filed once."""
    async with city.client() as client:
        told = Story(client, CAST, PLAN.live, system_clock)
        await told.file()
        await told.arrive(DISPATCH, INTAKE)
    url = city.url[DISPATCH]
    path, body = f"/v1/cases/{told.matter}/dispatch", json.dumps({"lead": PLAN.live.unit}).encode()
    headers = {
        "authorization": f"Bearer {city.token(CAST.dispatcher)}",
        "content-type": "application/json",
        "idempotency-key": f"lost-{told.matter}",
    }
    await send_and_hang_up(url, path, headers, body)

    async def stored() -> bool:
        rows = await fetch(
            city.around.dsn[DISPATCH], "SELECT version FROM events WHERE stream = $1", f"case-{told.matter}"
        )
        return len(rows) == 2

    await until(stored, 30.0)
    async with httpx.AsyncClient(base_url=url) as http:
        again = await http.post(path, content=body, headers=headers)
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (200, "true")
    assert again.json()["version"] == 2


async def send_and_hang_up(url: str, path: str, headers: dict[str, str], body: bytes) -> None:
    where = urlsplit(url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    lines = [f"POST {path} HTTP/1.1", f"host: {where.netloc}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("stage", [DISPATCH, METRICS])
async def test_a_service_that_was_killed_goes_on_where_it_was(city: Installation, stage: str) -> None:
    async with city.client() as client:
        told = Story(client, CAST, PLAN.live, system_clock)
        await told.file()
        city.kill(stage)
        city.start(stage)
        await told.arrive(DISPATCH, INTAKE)
        await told.dispatch(told.live.unit)
        await told.handle()
        positions = list(told.positions.values())
        found = await client.read(METRICS, f"/v1/matters/{told.matter}", CAST.dispatcher, after=positions)
    assert found["status"] == "CLOSED"
