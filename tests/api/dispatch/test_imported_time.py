"""A register tells history: what it brings in starts no clock, and what happens from then on does."""

from pathlib import Path
from typing import Any

from libs.events.register import matter_of_row
from services.dispatch.app import stage
from tests.api import city
from tests.unit.timing.editions import usual
from tests.unit.timing.story import at

ADMINISTRATOR = city.Clerk("admin-001", "ADM")
ROW: dict[str, Any] = {
    "external_no": "A-1",
    "channel": "03",
    "category": "2.OTHER",
    "org_code": "640202001001",
    "filed_at": "2026-03-02T08:30:00+08:00",
}
CLOSED: dict[str, Any] = {
    "dispatched_at": "2026-03-02T09:00:00+08:00",
    "unit": "urban",
    "dispatched_by": "duty",
    "signed_at": "2026-03-02T10:00:00+08:00",
    "person_in_charge": "u-1",
    "feedback_at": "2026-03-03T10:00:00+08:00",
    "handled_by": "u-1",
    "result": "O1",
    "measures": "已到现场处置完毕",
    "closed_at": "2026-03-20T10:00:00+08:00",
    "closed_by": "closer",
    "outcome": "O1",
}


async def test_an_import_starts_no_clock_and_breaches_none(tmp_path: Path) -> None:
    async with city.counter(stage, tmp_path, clock=lambda: at("04-01 10:00"), library=usual()) as counter:
        body = {"source_system": "old", "rows": [ROW | CLOSED]}
        answer = await counter.post(ADMINISTRATOR, "/v1/cases/import", body)
        assert answer.json()["imported"] == 1
        history = await counter.store.read(f"case-{matter_of_row('old', 'A-1')}")
    assert len(history) == 5
    assert not any(getattr(event.data, "clocks", None) for event in history)
    assert {event.cause.calendar_version for event in history} == {None}


async def test_an_imported_case_that_is_dispatched_here_has_clocks(tmp_path: Path) -> None:
    matter = str(matter_of_row("old", "A-1"))
    async with city.counter(stage, tmp_path, clock=lambda: at("04-01 10:00"), library=usual()) as counter:
        body = {"source_system": "old", "rows": [ROW]}
        await counter.post(ADMINISTRATOR, "/v1/cases/import", body)
        await counter.done(city.DISPATCHER, "dispatch", matter, {"lead": city.URBAN.org})
        *_, dispatched = await counter.store.read(f"case-{matter}")
    clocks: Any = getattr(dispatched.data, "clocks", None)
    assert [clock.clock for clock in clocks] == ["SIGN", "HANDLE"]
    assert (dispatched.cause.policy_version, dispatched.cause.calendar_version) == (
        "640202-2026.1",
        "cn-2026.1",
    )
