"""Questions over HTTP. Nothing here changes anything."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from libs.events.http import By, Caller, caller, written
from libs.events.problems import Problem
from libs.events.reach import after
from services.metrics import answers, cursors, schemas, views
from services.metrics.definitions import DEFINITIONS, Definition
from services.metrics.permissions import visible_to
from services.metrics.queries import Questions, Record
from services.metrics.selection import NEWEST, Page, order_of

router = APIRouter()


def questions(request: Request) -> Questions:
    """The read model behind the routes."""
    asked: Questions = request.app.state.front.reading.questions
    return asked


Asked = Annotated[Questions, Depends(questions)]


@router.get(
    "/v1/indicators",
    operation_id="ListIndicators",
    summary="The definitions, as data",
    responses=answers.DEFINITIONS,
    dependencies=[Depends(caller)],
)
async def list_indicators() -> Response:
    """Every indicator: what it counts, in which mode, at which version."""
    return _json({"items": [views.definition(it) for it in DEFINITIONS.values()], "next": None})


@router.get(
    "/v1/indicators/{code}",
    operation_id="ReadIndicator",
    summary="One figure, whole and by group",
    responses=answers.FIGURE,
)
async def read_indicator(
    code: str, asked: Annotated[schemas.Figures, Query()], request: Request, by: By, model: Asked
) -> Response:
    """An integer pair with its display, at a stated position of the log."""
    it = _definition(code, asked.switch)
    await after(request, asked.after)
    answer = await model.count(it, asked.switch, asked.selection(_scope(by, "ReadIndicator")), asked.by)
    decimals = it.decimals if asked.decimals is None else asked.decimals
    return _json(views.indicator(it, answer, decimals, asked.by))


@router.get(
    "/v1/indicators/{code}/cases",
    operation_id="ListIndicatorCases",
    summary="The matters behind a figure",
    responses=answers.BEHIND,
)
async def list_indicator_cases(
    code: str, asked: Annotated[schemas.Behind, Query()], request: Request, by: By, model: Asked
) -> Response:
    """Exactly the matters that were counted, each with the ids of the events that put it there."""
    it = _definition(code, asked.switch)
    await after(request, asked.after)
    page = Page(asked.limit, cursors.parsed(asked.cursor))
    chosen = asked.selection(_scope(by, "ListIndicatorCases"))
    rows = await model.behind(it, asked.switch, asked.side, chosen, page)
    return _page(rows, page, order_of(it), lambda row: views.counted(it, row))


@router.get(
    "/v1/matters", operation_id="ListMatters", summary="Matters, newest first", responses=answers.MATTERS
)
async def list_matters(
    asked: Annotated[schemas.Matters, Query()], request: Request, by: By, model: Asked
) -> Response:
    """Filtered by state, stage, holder, organisation, channel, source and number; ordered by opening."""
    await after(request, asked.after)
    page = Page(asked.limit, cursors.parsed(asked.cursor))
    rows = await model.list(asked.selection(_scope(by, "ListMatters")), page)
    return _page(rows, page, NEWEST, views.brief)


@router.get(
    "/v1/matters/{matter}", operation_id="ReadMatter", summary="Where is the matter?", responses=answers.ONE
)
async def read_matter(
    matter: UUID, asked: Annotated[schemas.One, Query()], request: Request, by: By, model: Asked
) -> Response:
    """Which stage holds it, who, since when, what happened last, and what is stuck."""
    await after(request, asked.after)
    row, waiting = await model.one(matter, _scope(by, "ReadMatter"))
    return _json(views.whole(row, waiting))


@router.get(
    "/v1/matters/{matter}/timeline",
    operation_id="ReadTimeline",
    summary="Who did what, when",
    responses=answers.TIMELINE,
)
async def read_timeline(
    matter: UUID, asked: Annotated[schemas.One, Query()], request: Request, by: By, model: Asked
) -> Response:
    """All events of the matter over the three stages, by business time."""
    await after(request, asked.after)
    row, _ = await model.one(matter, _scope(by, "ReadTimeline"))
    return _json(
        {"matter": str(matter), "items": [views.shown(entry) for entry in views.entries(row)], "next": None}
    )


def _scope(by: Caller, operation: str) -> str | None:
    return visible_to(by.org, by.roles, operation)


def _definition(code: str, switch: str | None) -> Definition:
    if code not in DEFINITIONS:
        raise Problem("not_found")
    if switch is not None and switch not in DEFINITIONS[code].switches:
        raise schemas.wrong("unknown_code", "switch")
    return DEFINITIONS[code]


def _page(
    rows: Sequence[Record], page: Page, order: Sequence[str], view: Callable[[Record], Mapping[str, Any]]
) -> Response:
    """The page, and a cursor when another row was found behind it."""
    more = cursors.after_page(rows, page.limit, order)
    return _json({"items": [view(row) for row in rows[: page.limit]], "next": more})


def _json(document: Any) -> Response:
    return Response(written(document), media_type="application/json")
