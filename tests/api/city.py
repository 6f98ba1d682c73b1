"""A small city for the tests of the stages: its people, and how they ask a service for something."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from libs.events.clock import Clock, system_clock
from libs.events.memory import MemoryStore
from libs.events.runtime import Settings, Stage, build
from libs.events.tokens import Person, issue, signing_key
from libs.reference import Library
from tests.api.edge import ledger

GRID = "640202001001001"


@dataclass(frozen=True)
class Clerk:
    """Somebody with one role in one organisation."""

    user: str
    role: str
    org: str = "dwk-centre"

    def bearer(self, now: datetime | None = None) -> str:
        person = Person(user=self.user, org=self.org, roles=(self.role,), jurisdiction="640202")
        key = signing_key(ledger.KEYS[0])
        return f"Bearer {issue(person, key, Settings(), now=now or system_clock(), seconds=3600)}"


GRID_WORKER = Clerk("grid-001", "GRD", "640202001001")
REVIEWER = Clerk("reviewer-001", "REV")
DISPATCHER = Clerk("dispatcher-001", "DSP")
CLOSER = Clerk("closer-001", "CLS")
SUPERVISOR = Clerk("supervisor-001", "SUP")
URBAN = Clerk("urban-001", "UNT", "dwk-urban")
HOUSING = Clerk("housing-001", "UNT", "dwk-housing")
HOTLINE = Clerk("hotline-001", "HOT")
STATION = Clerk("station-001", "COM", "640202001001")
MEDIATOR = Clerk("mediator-001", "MED", "dwk-mediation")
COMMITTEE = Clerk("committee-001", "MCM", "dwk-mediation")
AUDITOR = Clerk("auditor-001", "AUD")


@dataclass
class Counter:
    """Where one service is asked; every request gets an idempotency key of its own."""

    http: httpx.AsyncClient
    store: MemoryStore
    noun: str
    clock: Clock = system_clock
    keys: "count[int]" = field(default_factory=count)

    async def ask(self, clerk: Clerk, command: str, matter: str, body: object) -> httpx.Response:
        return await self.post(clerk, f"/v1/{self.noun}/{matter}/{command}", body)

    async def start(self, clerk: Clerk, body: object) -> httpx.Response:
        return await self.post(clerk, f"/v1/{self.noun}", body)

    async def post(self, clerk: Clerk, path: str, body: object) -> httpx.Response:
        headers = {"authorization": clerk.bearer(self.clock()), "idempotency-key": f"key-{next(self.keys)}"}
        return await self.http.post(path, json=body, headers=headers)

    async def get(self, clerk: Clerk, path: str, **headers: str) -> httpx.Response:
        sent = {"authorization": clerk.bearer(self.clock()), **headers}
        return await self.http.get(f"/v1/{self.noun}/{path}", headers=sent)

    async def done(self, clerk: Clerk, command: str, matter: str, body: object) -> dict[str, Any]:
        """The state after a command that nobody refuses."""
        answer = await self.ask(clerk, command, matter, body)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["state"]
        return state


@asynccontextmanager
async def counter(
    stage: Stage, folder: Path, *, clock: Clock = system_clock, library: Library | None = None
) -> AsyncIterator[Counter]:
    """The stage in process, on a store in memory; with reference data where the test has some."""
    store = MemoryStore()
    app = build(stage, ledger.settings(folder), store=store, clock=clock, library=library)
    async with ledger.client(app) as http:
        yield Counter(http, store, stage.noun, clock)


def photo(phase: str) -> dict[str, Any]:
    """A photo by reference."""
    return {"id": f"p-{phase}", "sha256": "0" * 64, "mime": "image/jpeg", "size": 2048, "phase": phase}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


REPORT = {
    "channel": "01",
    "category": "2.EVENT.LITTER",
    "urgency": "1",
    "org_code": "640202001",
    "grid_code": GRID,
    "subject": "北门垃圾",
    "description": "小区北门生活垃圾堆放一周无人清理。",
    "place": "幸福小区北门",
    "attachments": [photo("BEFORE")],
}
DISPUTE = {
    "origin": "SCREENING",
    "channel": "13",
    "category": "5.LABOUR",
    "people_count": 2,
    "party_count": 2,
    "level": "COMMUNITY",
    "org_code": "640202001001",
    "risk": "BLUE",
    "title": "拖欠工资",
    "summary": "饭店拖欠员工两个月工资。",
    "parties": "张三（员工）；李四（店主）",
}
APPROVAL = {"category": "2.EVENT.LITTER", "grid_code": GRID, "urgency": "1", "confidential": False}
SESSION = {
    "mode": "ONSITE",
    "place": "社区调解室",
    "attendees": 3,
    "record": "双方陈述了工资情况。",
    "rights_told": True,
}
AGREEMENT = {
    "form": "WRITTEN",
    "extent": "FULL",
    "performed_at_once": False,
    "written_requested": False,
    "content": "店主月底前付清工资。",
}
FEEDBACK = {
    "result": "O1",
    "truth": True,
    "contacted": False,
    "no_contact_reason": "来电人未留电话号码。",
    "measures": "已清运垃圾并安排每日保洁。",
    "attachments": [photo("AFTER")],
}
