"""What a stage can be asked about the clocks of a matter: where each stands, and why it stands there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from libs.events.answers import of_read
from libs.events.http import By, Caller
from libs.events.labels import label
from libs.events.middleware import language_of
from libs.events.paging import cursor_of, number_of
from libs.events.patience import once_known
from libs.events.problems import Problem
from libs.events.timing.explained import View, deadlines, explanation, view_of

DAYS = 200
"""Days of an explanation on one page; sixty working days are about ninety."""
Result = TypeVar("Result")


_PLACE = {
    "matter": "0198c3a2-7d10-7cc3-98c4-dc0c0c07398f",
    "stream": "case-0198c3a2-7d10-7cc3-98c4-dc0c0c07398f",
    "version": 3,
    "at": "2026-02-12T09:30:00+08:00",
}
_CLOCK = {
    "clock": "HANDLE",
    "name": label("clock.HANDLE", "en"),
    "state": "STOPPED",
    "state_label": label("clock_state.STOPPED", "en"),
    "start": "2026-02-11T15:00:00+08:00",
    "due": "2026-02-26T00:00:00+08:00",
    "label": "2-25 24:00",
    "limit": "5wd",
    "limit_label": "5 working days",
    "stated": False,
    "elapsed": 3600,
    "elapsed_label": "1 h of working time",
    "remaining": 122400,
    "remaining_label": "34 h of working time",
    "overdue": 0,
    "breached": False,
    "stopped": "2026-02-12T09:30:00+08:00",
    "provisional": False,
    "hours_of": "dwk-urban",
    "policy_version": "640202-2026.1",
    "calendar_version": "cn-2026.1",
}
_WHY = {
    "source": "Ordinance, art. 24",
    "counted": 5,
    "skipped": 10,
    "pauses": [],
    "extensions": [],
    "arithmetic": ["start: 2026-2-11 15:00 (Wednesday)", "limit: 5 working days", "due: 2-25 24:00"],
    "steps": [
        {
            "date": "2026-02-12",
            "weekday": "Thursday",
            "counted": True,
            "number": 1,
            "reason": "WORKDAY",
            "text": "working day 1",
            "official": True,
        }
    ],
    "next": "djIwMA",
}


def _shown(example: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [dict(example)]})


class Deadline(BaseModel):
    """One clock. `elapsed` and `remaining` are seconds on its own scale: working time for `wd` and `wh`.

    `due` is the instant of breach and `label` how a clerk says it; `overdue` are seconds of any time.
    """

    clock: str
    name: str
    state: str
    state_label: str
    start: datetime
    due: datetime | None
    label: str
    limit: str | None
    limit_label: str | None
    stated: bool
    elapsed: int
    elapsed_label: str
    remaining: int | None
    remaining_label: str | None
    overdue: int
    breached: bool
    stopped: datetime | None
    provisional: bool
    hours_of: str | None
    policy_version: str
    calendar_version: str


class Deadlines(BaseModel):
    """Every clock of a matter at an instant, in the order they started."""

    model_config = _shown({**_PLACE, "items": [_CLOCK]})

    matter: UUID
    stream: str
    version: int
    at: datetime
    items: list[Deadline]


class Day(BaseModel):
    """A day of an explanation: does it count, as which, and why."""

    date: str
    weekday: str
    counted: bool
    number: int | None
    reason: str
    text: str
    official: bool


class StandStill(BaseModel):
    """A pause; without an end it lasts, until an instant where that is planned."""

    start: datetime
    end: datetime | None
    until: datetime | None


class Longer(BaseModel):
    """An extension, and how it is said."""

    limit: str
    label: str


class Explained(Deadline):
    """Why the deadline is where it is. `steps` are its days, `arithmetic` is to be read out."""

    model_config = _shown({**_PLACE, **_CLOCK, **_WHY})

    matter: UUID
    stream: str
    version: int
    at: datetime
    source: str | None
    counted: int
    skipped: int
    pauses: list[StandStill]
    extensions: list[Longer]
    arithmetic: list[str]
    steps: list[Day]
    next: str | None


def add_deadlines(router: APIRouter, every: str, one: str) -> None:
    """The two reads of a stage with clocks, below `/v1/<noun>/{matter}`, by their operation ids."""
    router.add_api_route(
        "/{matter}/deadlines",
        _deadlines,
        operation_id=every,
        summary="Its clocks: start, due, remaining, state",
        responses={200: {"model": Deadlines}},
    )
    router.add_api_route(
        "/{matter}/deadlines/{clock}/explain",
        _explain,
        operation_id=one,
        summary="Why a deadline falls where it falls, day by day",
        responses={200: {"model": Explained}},
    )


async def _deadlines(matter: UUID, http: Request, by: By) -> Response:
    """By the business time of this moment. Reading moves no clock."""
    stream = by.desk.stream(matter)
    version, state = await by.desk.state(stream)
    clocks, view = _timing(by).clocks(state), _view(http, by)
    items = await _known(by, lambda: deadlines(clocks, view))
    return of_read(_place(matter, stream, version, view) | {"items": items}, stream, version)


async def _explain(
    matter: UUID,
    clock: Annotated[str, Path(description="The name of a clock, as the list of them gives it.")],
    http: Request,
    by: By,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=DAYS)] = DAYS,
) -> Response:
    """Every counted and every skipped day with its reason, the pauses, the extensions, the arithmetic."""
    stream, begin = by.desk.stream(matter), number_of(cursor)
    version, state = await by.desk.state(stream)
    timing, view = _timing(by), _view(http, by)
    found = timing.clocks(state).get(clock)
    if found is None:
        raise Problem("unknown_clock")
    subject = timing.subject(state)
    whole = await _known(by, lambda: explanation(found, subject, view))
    page, more = whole.steps[begin : begin + limit], begin + limit < len(whole.steps)
    body = _place(matter, stream, version, view) | whole.head
    body |= {"steps": page, "next": cursor_of(begin + limit) if more else None}
    return of_read(body, stream, version)


def _timing(by: Caller) -> Any:
    return by.desk.stage.decider.timing


def _view(http: Request, by: Caller) -> View:
    return view_of(by.at, by.front.library, language_of(http.headers))


async def _known(by: Caller, work: Callable[[], Result]) -> Result:
    return await once_known(work, by.front.settings.after_deadline)


def _place(matter: UUID, stream: str, version: int, view: View) -> dict[str, Any]:
    at = view.words.instant(view.at)
    return {"matter": str(matter), "stream": stream, "version": version, "at": at}
