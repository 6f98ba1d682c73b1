"""What every stage can be asked about a matter: its state, its history, its opened texts."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from libs.events.answers import Standing, headers_of, of_read, of_state, written
from libs.events.codec import encode
from libs.events.contracts.values import Sealed
from libs.events.deadlines import add_deadlines
from libs.events.http import By
from libs.events.paging import cursor_of, number_of
from libs.events.reach import Reached
from libs.events.stage import Stage

PAGE = 200
Purpose = Literal["CALL_BACK", "HANDLING", "MEDIATION", "SUPERVISION", "VERIFICATION"]
"""Why sealed text is opened; there is no answer without one (PIPL art. 6, reliability 2.1)."""

log = structlog.get_logger("reads")


def reads(stage: Stage) -> APIRouter:
    """The generic reads of a stage, below `/v1/<noun>/{matter}`; those of its clocks where it has any."""
    router = APIRouter(dependencies=[Reached])
    state, events, texts = stage.reads()
    router.add_api_route(
        "/{matter}", _state, operation_id=state, summary=f"The present state of the {stage.prefix}"
    )
    router.add_api_route(
        "/{matter}/events", _events, operation_id=events, summary="Its history, oldest first"
    )
    router.add_api_route(
        "/{matter}/texts", _texts, operation_id=texts, summary="Its texts in clear, for a purpose"
    )
    if stage.decider.timing is not None:
        add_deadlines(router, *stage.clock_reads())
    return router


async def _state(matter: UUID, by: By) -> Response:
    """Folded from the stream at this moment, so never behind what was accepted."""
    stream = by.desk.stream(matter)
    version, state = await by.desk.state(stream)
    _, body, headers = of_state(by.desk.stage, Standing(stream, version, state), by.allowed(state))
    return Response(written(body), headers=headers, media_type="application/json")


async def _events(
    matter: UUID, by: By, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=PAGE)] = 50
) -> Response:
    """The published events themselves (CloudEvents), by version. Sealed texts stay sealed."""
    stream = by.desk.stream(matter)
    history = await by.desk.history(stream)
    start = number_of(cursor)
    page = history[start : start + limit]
    more = cursor_of(start + limit) if start + limit < len(history) else None
    items = b",".join(encode(envelope) for envelope in page)
    body = b'{"items":[' + items + b'],"next":' + written(more) + b"}"
    return Response(body, headers=headers_of(stream, len(history)), media_type="application/json")


async def _texts(matter: UUID, by: By, purpose: Annotated[Purpose, Query()]) -> Response:
    """Every sealed text of this stage's stream, opened. Who asked and why is logged, the text is not.

    `text` is null once the matter's key is erased.
    """
    stream = by.desk.stream(matter)
    history = await by.desk.history(stream)
    found = [(envelope, place, text) for envelope in history for place, text in sealed_in(envelope.data)]
    opened = await by.desk.sealer.open_(by.store, matter, [text for _, _, text in found])
    log.info(
        "texts.opened", matter=str(matter), user=by.user, role=by.role, purpose=purpose, count=len(found)
    )
    items = [
        {"event_id": str(envelope.id), "version": envelope.version, "pointer": place, "text": text}
        for (envelope, place, _), text in zip(found, opened, strict=True)
    ]
    return of_read({"items": items}, stream, len(history))


def sealed_in(part: Any, place: str = "") -> Iterator[tuple[str, Sealed]]:
    """Every sealed text inside a fact, with the JSON pointer to it."""
    if isinstance(part, Sealed):
        yield place, part
    elif isinstance(part, BaseModel):
        for name, value in part:
            yield from sealed_in(value, f"{place}/{name}")
    elif isinstance(part, tuple | list):
        for index, value in enumerate(part):
            yield from sealed_in(value, f"{place}/{index}")
