"""A tiny stage for the tests of the edge: a case that is received, then signed by whoever holds it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from libs.events.clock import new_id, system_clock
from libs.events.contracts import Event
from libs.events.contracts.dispatch import AssignmentSigned, CaseReceived, ReturnRejected
from libs.events.contracts.values import OffsetInstant, OrgCode, Sealed
from libs.events.decider import Decider
from libs.events.errors import IllegalTransition, Rejected
from libs.events.http import By
from libs.events.settings import Settings
from libs.events.stage import Stage
from libs.events.tokens import Person, issue, new_key, signing_key

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
KEYS = new_key()


@dataclass(frozen=True, slots=True)
class Receive:
    case_no: str


@dataclass(frozen=True, slots=True)
class Sign:
    person: str


@dataclass(frozen=True, slots=True)
class Explain:
    text: Sealed


class SignedByTheWrongPerson(Rejected, rule="dispatch.signed_by_the_wrong_person"): ...


@dataclass(frozen=True, slots=True)
class Ledger:
    received: bool = False
    signed: bool = False


def decide(command: object, state: Ledger) -> list[Event]:
    match command:
        case Receive(case_no=case_no):
            if state.received:
                raise IllegalTransition
            return [received(case_no)]
        case Sign(person=person):
            if person == "nobody":
                raise SignedByTheWrongPerson
            if state.signed:
                return []
            return [AssignmentSigned(assignment_no=1, org="org-1", person_in_charge=person, by="u-1")]
        case Explain(text=text):
            return [ReturnRejected(assignment_no=1, explanation=text, by="u-1")]
        case _:
            raise IllegalTransition


def received(case_no: str) -> CaseReceived:
    return CaseReceived(
        origin="INTAKE", case_no=case_no, channel="01", category="1.A", urgency="1", org_code="org-1",
        confidential=False, filed_at=NOON,
    )  # fmt: skip


def evolve(state: Ledger, fact: Event) -> Ledger:
    match fact:
        case CaseReceived():
            return replace(state, received=True)
        case AssignmentSigned():
            return replace(state, signed=True)
        case _:
            return state


ledger = Decider(decide=decide, evolve=evolve, initial=Ledger())
router = APIRouter()


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReceiveBody(Body):
    case_no: Annotated[str, Field(min_length=3, max_length=20)]
    org_code: OrgCode = "org-1"
    count: int = 0
    seen_at: OffsetInstant | None = None
    tags: list[str] = []


class SignBody(Body):
    person: str


class ExplainBody(Body):
    text: str


@router.post("", operation_id="Receive")
async def receive(body: ReceiveBody, by: By) -> Response:
    return await by.run(new_id(), Receive(body.case_no), starts=True)


@router.post("/{matter}/sign", operation_id="Sign")
async def sign(matter: UUID, body: SignBody, by: By) -> Response:
    return await by.run(matter, Sign(body.person))


@router.post("/{matter}/explain", operation_id="Explain")
async def explain(matter: UUID, body: ExplainBody, by: By) -> Response:
    return await by.run(matter, Explain(await by.seal(matter, body.text)))


@router.post("/{matter}/break", operation_id="Break")
async def break_(matter: UUID, body: ExplainBody, by: By) -> Response:
    raise RuntimeError(body.text)


PERMISSIONS = {
    "Receive": frozenset({"DSP"}),
    "Sign": frozenset({"DSP", "UNT"}),
    "Explain": frozenset({"DSP"}),
    "Break": frozenset({"DSP"}),
    "ReadCase": frozenset({"DSP", "UNT"}),
    "ReadCaseEvents": frozenset({"DSP", "UNT"}),
    "ReadCaseTexts": frozenset({"DSP"}),
}


def view(state: Ledger) -> dict[str, Any]:
    return {"lifecycle": "SIGNED" if state.signed else "RECEIVED"}


def allowed(state: Ledger) -> list[str]:
    return ["explain"] if state.signed else ["explain", "sign"]


STAGE = Stage(
    name="dispatch",
    prefix="case",
    topic="case.dispatch",
    noun="cases",
    decider=ledger,
    routes=router,
    permissions=PERMISSIONS,
    view=view,
    allowed=allowed,
    listens_to={"case.intake": lambda _: []},
)


def settings(folder: Path, **others: Any) -> Settings:
    """Settings with key files of their own, as the launcher would write them."""
    (folder / "jwks.json").write_text(KEYS[1])
    (folder / "sealing.key").write_text(base64.b64encode(bytes(range(32))).decode())
    return Settings(jwks_file=folder / "jwks.json", sealing_key_file=folder / "sealing.key", **others)


def token(
    *roles: str, user: str = "u-1", now: datetime | None = None, seconds: int = 3600, **others: Any
) -> str:
    person = Person(user=user, org="org-1", roles=roles or ("DSP",), jurisdiction="640202", **others)
    return issue(person, signing_key(KEYS[0]), Settings(), now=now or system_clock(), seconds=seconds)


def bearer(*roles: str, **others: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {token(*roles, **others)}"}


@asynccontextmanager
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://dispatch") as http:
        yield http
