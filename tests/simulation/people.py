"""What people ask of the stages, and clients that ask: they journal, lose answers, and ask again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from libs.events.contracts.values import Level, Route, Sealed
from libs.events.decider import fold
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.errors import ConcurrencyConflict, Rejected, Unavailable, UnknownStream
from libs.events.execute import Request, execute
from libs.events.stage import Stage
from libs.events.store import Answer
from services.dispatch import commands as dispatch
from services.intake import commands as intake
from services.mediation import commands as mediation
from tests.scenarios import GRID, HOUSING, PARKS, WATER, photo
from tests.simulation.chance import Chance
from tests.simulation.database import Database
from tests.simulation.virtual import wall_clock

TEXT = Sealed(sealed="c2VhbGVk", key="k1")
UNITS = (HOUSING, WATER, PARKS)
PATIENCE = 6
"""Attempts after which a client gives up without knowing what became of its request."""

Known = Mapping[str, Any]
Make = Callable[[Known, Chance, datetime], Any]


def submit(_: Known, chance: Chance, at: datetime) -> Any:
    return intake.SubmitReport(
        channel=chance.one_of(("01", "03")), category="2.EVENT.LITTER", urgency="1", org_code="640202001",
        grid_code=GRID, subject=TEXT, description=TEXT, anonymous=False, confidential=False,
        wants_reply=True, attachments=(photo("BEFORE"),), reported_at=at, by="grid-worker", at=at,
    )  # fmt: skip


def approve(_: Known, chance: Chance, at: datetime) -> Any:
    return intake.ApproveReport(
        category="2.EVENT.LITTER", grid_code=GRID, urgency="2", confidential=False, by="reviewer"
    )


def decline(_: Known, chance: Chance, at: datetime) -> Any:
    return intake.DeclineReport(reason="D08", explanation=TEXT, by="reviewer")


def file(_: Known, chance: Chance, at: datetime) -> Any:
    route: Route = "DISPATCH" if chance.happens(0.75) else "MEDIATION"
    return intake.FileCase(
        case_no="64020220260302000001", route=route, policy_version="none", by="reviewer", at=at
    )


def assign(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.Dispatch(lead=chance.one_of(UNITS), policy_version="none", by="dispatcher", at=at)


def sign(case: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.Sign(org=case["lead"] or HOUSING, person_in_charge="builder", by="liaison")


def ask_return(case: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.RequestReturn(
        org=case["lead"] or HOUSING, reason="B01", legal_basis=TEXT, suggested_unit=chance.one_of(UNITS),
        by="liaison", at=at,
    )  # fmt: skip


def allow_return(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.ApproveReturn(mis_sent=True, by="dispatcher")


def refuse_return(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.RejectReturn(explanation=TEXT, by="dispatcher")


def feed_back(case: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.SubmitFeedback(
        org=case["lead"] or HOUSING, result="O1", truth=True, contacted=False, no_contact_reason=TEXT,
        measures=TEXT, attachments=(photo("AFTER"),), by="builder", at=at,
    )  # fmt: skip


def send_back(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.RejectFeedback(explanation=TEXT, by="closer")


def close(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.CloseCase(outcome="O1", check="PASSED", explanation=TEXT, by="closer", at=at)


def reopen(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.Reopen(cause="UNSATISFIED", explanation=TEXT, by="supervisor")


def hand_over(_: Known, chance: Chance, at: datetime) -> Any:
    return dispatch.HandToMediation(explanation=TEXT, by="dispatcher")


def accept(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.AcceptMediation(
        initiated_by="PARTY", mediation_type="1", committee="640202001001", consents=2, by="committee"
    )


def appoint(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.AppointMediators(
        mediators=("mediator",), chief="mediator", chosen_by="PARTIES", interests_disclosed=True,
        by="committee",
    )  # fmt: skip


def meet(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.HoldSession(
        mode="ONSITE", attendees=3, record=TEXT, rights_told=True, held_at=at, by="mediator", at=at
    )


def agree(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.ReachAgreement(
        form="WRITTEN", extent="FULL", performed_at_once=False, written_requested=False, content=TEXT,
        effective_at=at, by="mediator", at=at,
    )  # fmt: skip


def fail(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.EndUnsuccessful(
        cause=chance.one_of(("F02", "F05")), explanation=TEXT, other_routes_told=True, by="mediator"
    )


def escalate(dispute: Known, chance: Chance, at: datetime) -> Any:
    to: Level = "STREET" if chance.happens(0.5) else "DISTRICT"
    return mediation.EscalateDispute(to_level=to, to_org="640202001", explanation=TEXT, by="committee")


def end(_: Known, chance: Chance, at: datetime) -> Any:
    return mediation.CloseDispute(
        outcome=chance.one_of(("RESOLVED", "UNRESOLVED")), explanation=TEXT, by="committee", at=at
    )


ASKED: Mapping[str, Mapping[str, Make]] = {
    "intake": {"approve-report": approve, "decline-report": decline, "file-case": file},
    "dispatch": {
        "dispatch": assign, "sign": sign, "request-return": ask_return, "approve-return": allow_return,
        "reject-return": refuse_return, "submit-feedback": feed_back, "reject-feedback": send_back,
        "close-case": close, "reopen": reopen, "hand-to-mediation": hand_over,
    },
    "mediation": {
        "accept-mediation": accept, "appoint-mediators": appoint, "hold-session": meet,
        "reach-agreement": agree, "end-unsuccessful": fail, "escalate-dispute": escalate,
        "close-dispute": end,
    },
}  # fmt: skip
RARE = frozenset({"decline-report", "escalate-dispute"})


@dataclass
class Attempt:
    """One request as its client knows it. `answers` are all it ever got: they must not differ."""

    stage: str
    stream: str
    command_id: UUID
    answers: list[bytes] = field(default_factory=list)
    refused: bool = False


@dataclass
class Client:
    """One caller; a key per request, the same key for every repetition of it."""

    name: str
    stages: Mapping[str, Stage]
    stores: Mapping[str, Database]
    chance: Chance
    journal: list[Attempt] = field(default_factory=list)

    async def live(self, matters: list[UUID], requests: int) -> None:
        """Ask for one thing after another."""
        for _ in range(requests):
            await self.chance.pause(0.6)
            await self._ask_something(self.chance.one_of(matters))

    async def _ask_something(self, matter: UUID) -> None:
        for name in self.chance.shuffled(["dispatch", "mediation", "intake"]):
            stage = self.stages[name]
            history = await self.stores[name].read(f"{stage.prefix}-{matter}")
            if history or name == "intake":
                state = fold(stage.decider, [event.data for event in history])
                make = self._choose(stage, state, begun=bool(history))
                if make is not None:
                    await self._ask(stage, matter, make(stage.view(state), self.chance, wall_clock()))
                    return

    def _choose(self, stage: Stage, state: Any, *, begun: bool) -> Make | None:
        """Usually something that is possible now; sometimes anything at all."""
        if not begun:
            return submit
        known = ASKED[stage.name]
        usual = [name for name in stage.allowed(state) if name in known]
        if self.chance.happens(0.8):
            usual = [name for name in usual if name not in RARE]
        names = sorted(known) if self.chance.happens(0.1) else usual
        return known[self.chance.one_of(names)] if names else None

    async def _ask(self, stage: Stage, matter: UUID, command: Any) -> None:
        key = f"{self.name}-{len(self.journal)}"
        attempt = Attempt(stage.name, f"{stage.prefix}-{matter}", uuid5(EVENT_NAMESPACE, key))
        self.journal.append(attempt)
        request = Request(self.name, key, type(command).__name__, sha256(repr(command).encode()).digest())
        for _ in range(PATIENCE):
            if await self._send(stage, attempt, command, request) and self.chance.happens(0.9):
                return
            await self.chance.pause(0.3)  # the answer was lost, or was "try again"

    async def _send(self, stage: Stage, attempt: Attempt, command: Any, request: Request) -> bool:
        """Whether the request was decided, one way or the other."""
        user = Actor(command.by, "640202", "GRD")
        cause = Cause(user, wall_clock(), attempt.command_id, attempt.command_id)

        def respond(stream: str, version: int, _state: Any, created: object) -> Answer:
            body = f"{stream}@{version} {created}".encode()
            return Answer(request.caller, request.key, request.route, request.body_sha256, 200, body)

        try:
            outcome = await execute(
                self.stores[stage.name], stage.decider, attempt.stream, command, cause,
                request=request, respond=respond, must_exist=not isinstance(command, intake.SubmitReport),
            )  # fmt: skip
        except (Unavailable, ConcurrencyConflict):
            return False
        except (Rejected, UnknownStream):
            attempt.refused = True
            return True
        if outcome.replayed:
            attempt.answers.append(outcome.replayed.body)
        else:
            created = outcome.version == len(outcome.facts)
            attempt.answers.append(f"{outcome.stream}@{outcome.version} {created}".encode())
        return True
