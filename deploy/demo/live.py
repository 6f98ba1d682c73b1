"""Live cases through the four HTTP interfaces, each step by the person whose role it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from deploy.cities.pack import Pack
from deploy.demo.client import Client, Written
from deploy.demo.recipe import Live
from libs.events.clock import Clock

INTAKE, DISPATCH, MEDIATION, METRICS = "intake", "dispatch", "mediation", "metrics"


@dataclass(frozen=True)
class Cast:
    """Who plays which role; handler and closer, applicant and decider are different people."""

    grid: str
    reviewer: str
    dispatcher: str
    unit: str
    other_unit: str
    closer: str
    supervisor: str
    committee: str
    mediator: str

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(vars(self).values())


def cast(pack: Pack, live: Live) -> Cast:
    """The first person of the city for each role."""
    return Cast(
        grid=pack.person("GRD").user,
        reviewer=pack.person("REV").user,
        dispatcher=pack.person("DSP").user,
        unit=pack.person("UNT", live.unit).user,
        other_unit=pack.person("UNT", live.other_unit).user,
        closer=pack.person("CLS").user,
        supervisor=pack.person("SUP").user,
        committee=pack.person("MCM").user,
        mediator=pack.person("MED").user,
    )


@dataclass
class Story:
    """One matter on its way. `positions` are what a reader must have applied to see all of it."""

    client: Client
    cast: Cast
    live: Live
    clock: Clock
    matter: str = ""
    positions: dict[str, str] = field(default_factory=dict)

    async def step(self, stage: str, command: str, person: str, **body: Any) -> Written:
        """A command on the matter."""
        noun = {INTAKE: "reports", DISPATCH: "cases", MEDIATION: "disputes"}[stage]
        return self._note(
            stage, await self.client.command(stage, f"/v1/{noun}/{self.matter}/{command}", body, person)
        )

    async def file(self, route: str = "DISPATCH") -> None:
        """Reported by the grid worker with a photo, approved and filed by the reviewer."""
        live, texts = self.live, self.live.texts
        body = {
            "channel": "01",
            "category": live.category,
            "org_code": live.community,
            "grid_code": live.grid,
        }
        body |= {"subject": texts.subject, "description": texts.description, "place": texts.place}
        photo = {"attachments": [_photo("BEFORE")]}
        begun = await self.client.command(INTAKE, "/v1/reports", {**body, **photo}, self.cast.grid)
        self.matter = begun.matter
        fixed = {"category": live.category, "grid_code": live.grid, "urgency": "1", "confidential": False}
        await self.step(INTAKE, "approve-report", self.cast.reviewer, **fixed)
        await self.step(INTAKE, "file-case", self.cast.reviewer, route=route)

    async def arrive(self, stage: str, heard: str) -> None:
        """Wait until a stage has taken the matter over from another one."""
        noun, person = (
            ("cases", self.cast.dispatcher) if stage == DISPATCH else ("disputes", self.cast.committee)
        )
        path = f"/v1/{noun}/{self.matter}"
        await self.client.read(stage, path, person, after=[self.positions[heard]])
        self.positions[stage] = await self.client.position(stage, path, person)

    async def dispatch(self, unit: str) -> None:
        await self.step(
            DISPATCH, "dispatch", self.cast.dispatcher, lead=unit, requirement=self.live.texts.requirement
        )

    async def handle(self) -> None:
        """Signed, worked on and answered by the unit, closed by somebody else."""
        texts = self.live.texts
        await self.step(DISPATCH, "sign", self.cast.unit)
        answered = {"result": "O1", "truth": True, "contacted": True, "contacted_at": _text(self.clock())}
        said = {"measures": texts.measures, "public_reply": texts.reply, "attachments": [_photo("AFTER")]}
        await self.step(DISPATCH, "submit-feedback", self.cast.unit, **answered, **said)
        closing = {"outcome": "O1", "check": "PASSED", "explanation": texts.closing}
        await self.step(DISPATCH, "close-case", self.cast.closer, **closing)

    async def come_back(self) -> None:
        """The wrong unit says so, and the dispatcher agrees."""
        asked = {"reason": "B01", "legal_basis": self.live.texts.basis, "suggested_unit": self.live.unit}
        await self.step(DISPATCH, "request-return", self.cast.other_unit, **asked)
        await self.step(DISPATCH, "approve-return", self.cast.dispatcher, mis_sent=True)

    async def mediate(self) -> None:
        """Handed over by dispatch, settled by an agreement in writing."""
        texts, cast_ = self.live.texts, self.cast
        await self.step(DISPATCH, "hand-to-mediation", cast_.dispatcher, explanation=texts.hand_over)
        await self.arrive(MEDIATION, DISPATCH)
        accepted = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
        await self.step(MEDIATION, "accept-mediation", cast_.committee, **accepted)
        chosen = {"mediators": [cast_.mediator], "chief": cast_.mediator, "chosen_by": "PARTIES"}
        await self.step(MEDIATION, "appoint-mediators", cast_.committee, **chosen, interests_disclosed=True)
        held = {"mode": "ONSITE", "attendees": 3, "record": texts.record, "rights_told": True}
        await self.step(MEDIATION, "hold-session", cast_.mediator, **held)
        agreed = {"form": "WRITTEN", "extent": "FULL", "performed_at_once": False, "written_requested": False}
        await self.step(MEDIATION, "reach-agreement", cast_.mediator, **agreed, content=texts.agreement)
        settled = {"outcome": "RESOLVED", "explanation": texts.settled}
        await self.step(MEDIATION, "close-dispute", cast_.committee, **settled)

    def _note(self, stage: str, written: Written) -> Written:
        self.positions[stage] = written.position
        return written


async def ordinary(story: Story) -> None:
    """Reported, filed, dispatched, handled, closed."""
    await story.file()
    await story.arrive(DISPATCH, INTAKE)
    await story.dispatch(story.live.unit)
    await story.handle()


async def returned(story: Story) -> None:
    """Sent to the wrong unit first."""
    await story.file()
    await story.arrive(DISPATCH, INTAKE)
    await story.dispatch(story.live.other_unit)
    await story.come_back()
    await story.dispatch(story.live.unit)
    await story.handle()


async def reopened(story: Story) -> None:
    """Closed, found not to hold, handled again and closed again."""
    await ordinary(story)
    cause = {"cause": "UNSATISFIED", "explanation": story.live.texts.reopening}
    await story.step(DISPATCH, "reopen", story.cast.supervisor, **cause)
    await story.handle()


async def handed_over(story: Story) -> None:
    """Found to be a dispute while it waited for its unit."""
    await story.file()
    await story.arrive(DISPATCH, INTAKE)
    await story.dispatch(story.live.unit)
    await story.mediate()


SPECIAL = (returned, reopened, handed_over)


def _photo(phase: str) -> dict[str, object]:
    digest = sha256(phase.encode()).hexdigest()
    return {"id": f"photo-{phase.lower()}", "sha256": digest, "mime": "image/jpeg", "size": 4, "phase": phase}


def _text(moment: datetime) -> str:
    return moment.isoformat()


def positions(stories: Sequence[Story]) -> list[str]:
    """All positions that a reader must have reached to see the stories whole."""
    return [position for story in stories for position in story.positions.values()]
