"""Open-loop load over HTTP: matters arrive at their own rate, whatever the services do.

Each command is sent again under the same `Idempotency-Key` while the answer is 408, 429 or 503 or was lost,
as the contract says (interfaces section 1). Every attempt and every answer goes into the journal.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.demo.client import AGAIN, Client, RefusedError, Stages
from deploy.demo.live import DISPATCH, INTAKE, MEDIATION, Story, handed_over, ordinary, reopened, returned
from libs.events.clock import system_clock
from tests.chaos.journal import LOST, Answered, Attempt, Journal
from tests.e2e.installation import CAST, CITY, PLAN
from tests.waiting import hold

MOST = 10
"""So many times its matters a load may grow while a fault lasts."""
APPOINTMENT = 0.05
ATTEMPT_SECONDS = 5.0
"""A client hangs up after this long and asks again."""


@dataclass(frozen=True)
class Load:
    """At least `matters` arrive at `rate` a second, at most `clients` at once.

    While the fault lasts more of them come, up to `MOST` times as many.
    """

    matters: int
    rate: float
    clients: int = 8
    patience: float = 60.0


@dataclass
class Tally:
    """What came of the matters. `abandoned` names the command whose patience ended.

    `last` is when the last matter arrived, by the monotonic clock. `late` are the most seconds that this
    process itself was behind: so much of a slow answer is the load's own.
    """

    told: int = 0
    last: float = 0.0
    late: float = 0.0
    abandoned: list[str] = field(default_factory=list)


class Witness(Client):
    """A client that writes down what it sends and what it hears."""

    def __init__(self, stages: Stages, run: str, journal: Journal, patience: float) -> None:
        super().__init__(stages, run)
        self._journal, self._patience, self._asked = journal, patience, 0

    async def _answered(self, stage: str, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer of a command, repeated under its key; reads are repeated and not written down."""
        key: str = request["headers"].get("idempotency-key", "")
        deadline, pause, number = time.monotonic() + self._patience, 0.05, 0
        while True:
            number += 1
            answer, trouble = await self._tried((stage, method, path), key, number, request)
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and answer.status_code not in AGAIN:
                raise RefusedError(f"{method} {path}: {trouble}")
            if time.monotonic() > deadline:
                raise RefusedError(f"{method} {path}: {trouble} for {self._patience:.0f} s")
            await hold(pause)
            pause = min(2 * pause, 1.0)

    async def _tried(
        self, what: tuple[str, str, str], key: str, number: int, request: dict[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        stage, method, path = what
        began = time.monotonic()
        if key:
            self._journal.write(Attempt(key, number, stage, path, began))
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                answer = await self._http[stage].request(method, path, **request)
        except (httpx.TransportError, TimeoutError) as error:
            self._note(key, number, stage, began, LOST, {"code": type(error).__name__})
            return None, type(error).__name__
        code = "" if answer.is_success else str(_document(answer).get("code", ""))
        told = {"code": code, "position": answer.headers.get("position", "") if answer.is_success else ""}
        replayed = answer.headers.get("idempotency-replayed") == "true"
        self._note(key, number, stage, began, answer.status_code, {**told, "replayed": replayed})
        return answer, f"{answer.status_code} {code}"

    def _note(
        self, key: str, number: int, stage: str, began: float, status: int, told: dict[str, Any]
    ) -> None:
        if key:
            now = time.monotonic()
            self._journal.write(Answered(key, number, stage, status, now, now - began, **told))


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def declined(story: Story) -> None:
    """Reported, and not taken up."""
    live, texts = story.live, story.live.texts
    body = {"channel": "03", "category": live.category, "org_code": live.community, "grid_code": live.grid}
    body |= {"subject": texts.subject, "description": texts.description}
    begun = await story.client.command(INTAKE, "/v1/reports", body, CITY.person("STR").user)
    story.matter = begun.matter
    await story.step(INTAKE, "decline-report", story.cast.reviewer, reason="D07", explanation=texts.basis)


async def contested(story: Story) -> None:
    """A return is refused, the first feedback is sent back, then the case closes."""
    texts, cast = story.live.texts, story.cast
    await story.file()
    await story.arrive(DISPATCH, INTAKE)
    await story.dispatch(story.live.unit)
    asked = {"reason": "B01", "legal_basis": texts.basis, "suggested_unit": story.live.other_unit}
    await story.step(DISPATCH, "request-return", cast.unit, **asked)
    await story.step(DISPATCH, "reject-return", cast.dispatcher, explanation=texts.basis)
    await story.step(DISPATCH, "sign", cast.unit)
    answered = {"result": "O1", "truth": True, "contacted": True, "contacted_at": story.clock().isoformat()}
    photo = {"id": "photo-after", "sha256": "0" * 64, "mime": "image/jpeg", "size": 4, "phase": "AFTER"}
    said = {"measures": texts.measures, "public_reply": texts.reply, "attachments": [photo]}
    await story.step(DISPATCH, "submit-feedback", cast.unit, **answered, **said)
    await story.step(DISPATCH, "reject-feedback", cast.closer, explanation=texts.closing)
    await story.step(DISPATCH, "submit-feedback", cast.unit, **answered, **said)
    closing = {"outcome": "O1", "check": "PASSED", "explanation": texts.closing}
    await story.step(DISPATCH, "close-case", cast.closer, **closing)


async def unsettled(story: Story) -> None:
    """Handed to mediation, which finds no agreement and gives the case back."""
    await story.file()
    await story.arrive(DISPATCH, INTAKE)
    texts, cast = story.live.texts, story.cast
    await story.step(DISPATCH, "hand-to-mediation", cast.dispatcher, explanation=texts.hand_over)
    await story.arrive(MEDIATION, DISPATCH)
    await _fail(story)


async def screened(story: Story) -> None:
    """A dispute that the mediators found themselves; it goes one level up and stays unresolved."""
    texts, cast = story.live.texts, story.cast
    body = {"channel": "13", "category": "5.LABOUR", "people_count": 2, "party_count": 2, "risk": "BLUE"}
    body |= {"level": "COMMUNITY", "org_code": story.live.community, "title": "Wages"}
    body |= {"summary": texts.record, "parties": texts.subject}
    begun = await story.client.command(MEDIATION, "/v1/disputes", body, cast.committee)
    story.matter = begun.matter
    up = {"to_level": "STREET", "to_org": CITY.person("STR").org, "explanation": texts.basis}
    await story.step(MEDIATION, "escalate-dispute", cast.committee, **up)
    await _fail(story)


async def _fail(story: Story) -> None:
    texts, cast = story.live.texts, story.cast
    accepted = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
    await story.step(MEDIATION, "accept-mediation", cast.committee, **accepted)
    chosen = {"mediators": [cast.mediator], "chief": cast.mediator, "chosen_by": "PARTIES"}
    await story.step(MEDIATION, "appoint-mediators", cast.committee, **chosen, interests_disclosed=True)
    held = {"mode": "ONSITE", "attendees": 3, "record": texts.record, "rights_told": True}
    await story.step(MEDIATION, "hold-session", cast.mediator, **held)
    why = {"cause": "F05", "explanation": texts.record, "other_routes_told": True}
    await story.step(MEDIATION, "end-unsuccessful", cast.mediator, **why)
    ended = {"outcome": "UNRESOLVED", "explanation": texts.settled}
    await story.step(MEDIATION, "close-dispute", cast.committee, **ended)


LIVES: Sequence[Callable[[Story], Awaitable[None]]] = (
    ordinary, returned, handed_over, contested, reopened, unsettled, declined, screened, ordinary,
)  # fmt: skip
"""Between them they use every command of the loop."""


async def drive(client: Client, load: Load, lasts: Callable[[], bool]) -> Tally:
    """Let matters arrive while the fault lasts; return when each is told to its end or was abandoned."""
    tally, free, began = Tally(), asyncio.Semaphore(load.clients), time.monotonic()

    async def one(number: int) -> None:
        story = Story(client, CAST, PLAN.live, system_clock)
        async with free:
            try:
                await LIVES[number % len(LIVES)](story)
                tally.told += 1
            except RefusedError as refused:
                tally.abandoned.append(str(refused))

    async with _watched(tally), asyncio.TaskGroup() as arriving:
        for number in range(MOST * load.matters):
            if number >= load.matters and not lasts():
                break
            await hold(max(0.0, began + number / load.rate - time.monotonic()))
            arriving.create_task(one(number))
            tally.last = time.monotonic()
    return tally


@asynccontextmanager
async def _watched(tally: Tally) -> AsyncIterator[None]:
    """Measure how late this process comes to its own appointments."""

    async def watch() -> None:
        while True:
            due = time.monotonic() + APPOINTMENT
            await hold(APPOINTMENT)
            tally.late = max(tally.late, time.monotonic() - due)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
