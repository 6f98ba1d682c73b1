"""Pages for people: the indicators, the matters behind a figure, the list, one matter's history."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.events.application import OPEN
from libs.events.errors import BihuanError
from libs.events.problems import of_error
from services.metrics import cursors, html, schemas, views
from services.metrics.definitions import DEFINITIONS
from services.metrics.queries import Asked, Questions
from services.metrics.selection import NEWEST, By, Page, Selection, order_of

router = APIRouter(tags=[OPEN], include_in_schema=False)
BREAKDOWNS: tuple[By, ...] = ("org", "channel", "month")

Handler = Callable[..., Awaitable[Response]]


def _for_people(handler: Handler) -> Handler:
    """A refusal is a page too, in words; its status stays what it is."""

    @wraps(handler)
    async def shown(*args: Any, **values: Any) -> Response:
        try:
            return await handler(*args, **values)
        except BihuanError as error:
            problem = of_error(error)
            return html.page("problem.html", problem.status, code=problem.code)

    return shown


class Overview(schemas.Figures):
    """The first page: every indicator, and one of them by group."""

    indicator: schemas.Code = "CLOSE_RATE"


@router.get("/", operation_id="PageIndicators")
@_for_people
async def indicators(request: Request) -> Response:
    """The figures of a period, each with numerator and denominator."""
    form = html.asked(Overview, request)
    chosen = form.selection(await html.scope(request, "ReadIndicator"))
    definition = DEFINITIONS.get(form.indicator, DEFINITIONS["CLOSE_RATE"])
    cards = [Asked(it) for it in DEFINITIONS.values()]
    found = await _counted([*cards, *(Asked(definition, by) for by in BREAKDOWNS)], chosen, request)
    figures, tables = found[: len(cards)], found[len(cards) :]
    return html.shown(
        request, "indicators.html", form=_form(request), cards=figures, tables=tables, shown=tables[0]
    )


async def _counted(asked: Sequence[Asked], chosen: Selection, request: Request) -> list[dict[str, Any]]:
    """The figures of one page, all as of one position."""
    found = zip(asked, await _questions(request).counts(asked, chosen), strict=True)
    return [views.indicator(it.definition, figure, it.definition.decimals, it.by) for it, figure in found]


@router.get("/figures/{code}", operation_id="PageFigure")
@_for_people
async def figure(code: str, request: Request) -> Response:
    """The matters behind a figure, with the events that put them there."""
    form = html.asked(schemas.Behind, request)
    chosen = form.selection(await html.scope(request, "ListIndicatorCases"))
    it = DEFINITIONS.get(code)
    if it is None:
        return html.page("problem.html", 404, code="not_found")
    page = Page(form.limit, cursors.parsed(form.cursor))
    rows = await _questions(request).behind(it, None, form.side, chosen, page)
    items = [views.counted(it, row) for row in rows[: page.limit]]
    [head] = await _counted([Asked(it)], chosen, request)
    more = cursors.after_page(rows, page.limit, order_of(it))
    return html.shown(
        request, "figure.html", form=_form(request), head=head, side=form.side, items=items, more=more
    )


@router.get("/matters", operation_id="PageMatters")
@_for_people
async def matters(request: Request) -> Response:
    """The list of matters, newest first."""
    form = html.asked(schemas.Matters, request)
    chosen = form.selection(await html.scope(request, "ListMatters"))
    rows = await _questions(request).list(chosen, Page(form.limit, cursors.parsed(form.cursor)))
    items = [views.brief(row) for row in rows[: form.limit]]
    more = cursors.after_page(rows, form.limit, NEWEST)
    return html.shown(request, "matters.html", form=_form(request), items=items, more=more)


@router.get("/matters/{matter}", operation_id="PageMatter")
@_for_people
async def matter(matter: str, request: Request) -> Response:
    """One matter: where it is, and everything that happened to it."""
    visible = await html.scope(request, "ReadMatter")
    try:
        wanted = UUID(matter)
    except ValueError:
        return html.page("problem.html", 404, code="unknown_matter")
    row, waiting = await _questions(request).one(wanted, visible)
    events = [views.shown(entry) for entry in views.entries(row)]
    return html.shown(request, "matter.html", it=views.whole(row, waiting), events=events)


@router.get("/static/page.css", operation_id="PageStyle")
async def style() -> Response:
    """The one style sheet."""
    return Response(html.STYLE, media_type="text/css; charset=utf-8")


def _questions(request: Request) -> Questions:
    found: Questions = request.app.state.front.reading.questions
    return found


def _form(request: Request) -> dict[str, str]:
    """The last value of each parameter, to fill the form again and to carry it on in links."""
    return {name: value for name, value in request.query_params.items() if name != "cursor"}
