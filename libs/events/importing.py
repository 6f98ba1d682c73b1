"""A batch of register rows over HTTP: each row whole or not at all, at its own business times."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Generic
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from libs.events.contracts.values import Sealed
from libs.events.execute_rows import Row as History
from libs.events.execute_rows import RowResult, execute_rows
from libs.events.http import Caller, answered
from libs.events.labels import label
from libs.events.register import NOT_STATED, AnyRow, Fault, Row, SystemName, matter_of_row, read_row
from libs.events.telemetry import tracing

MOST = 500
"""Rows of one batch; larger registers are sent in several."""
Seal = Callable[[str | None], Sealed]


class ImportBody(BaseModel):
    """Rows of one register. Each row is judged by itself, so a wrong row never stops its neighbours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_system: SystemName
    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST)]


def documented(row: type[Row], example: dict[str, Any]) -> ConfigDict:
    """How a stage's body describes its rows to readers; the rows themselves are judged one by one."""

    def describe(schema: dict[str, Any]) -> None:
        schema["properties"]["rows"]["items"] = row.model_json_schema()
        schema["examples"] = [{"source_system": "old-platform", "rows": [example]}]

    return ConfigDict(json_schema_extra=describe)


class RejectedRow(BaseModel):
    """One reason why a row was left out; a row with several reasons appears several times."""

    index: int
    external_no: str
    field: str
    code: str
    detail: str


class ImportAnswer(BaseModel):
    """What became of the batch. `already`: rows whose matter is in the log from an earlier import."""

    imported: int
    already: int
    rejected: list[RejectedRow]


@dataclass(frozen=True)
class Legacy(Generic[AnyRow]):
    """What a stage knows about its registers: the row, its texts, its faults, its commands."""

    row: type[AnyRow]
    texts: tuple[str, ...]
    faults: Callable[[AnyRow, datetime], list[Fault]]
    plan: Callable[[AnyRow, Seal], tuple[tuple[Any, datetime], ...]]

    def text_of(self, row: AnyRow) -> Iterable[str]:
        return (text for name in self.texts if (text := getattr(row, name)) is not None)


@dataclass(frozen=True, slots=True)
class _Entry(Generic[AnyRow]):
    """A row that has no faults, with its place in the batch."""

    index: int
    matter: UUID
    row: AnyRow


async def import_rows(by: Caller, body: ImportBody, legacy: Legacy[AnyRow]) -> Response:
    """Bring the rows into the log through the decider; 200 with what became of each."""
    entries, rejected = _read(by.at, body, legacy)
    with tracing.span("command.execute", by.traceparent):
        histories = await _histories(by, body.source_system, entries, legacy)

        def respond(results: Sequence[RowResult]) -> Any:
            return by.answer(200, _document(results, entries, rejected).model_dump(mode="json"))

        outcome = await execute_rows(
            by.store,
            by.desk.stage.decider,
            histories,
            request=by.request,
            respond=respond,
            keys=tuple(by.fresh.values()),
        )
    if outcome.replayed is not None:
        return answered(outcome.replayed, replayed=True)
    return answered(respond(outcome.results))


def _read(
    now: datetime, body: ImportBody, legacy: Legacy[AnyRow]
) -> tuple[list[_Entry[AnyRow]], list[RejectedRow]]:
    entries: list[_Entry[AnyRow]] = []
    rejected: list[RejectedRow] = []
    for index, value in enumerate(body.rows):
        row, faults = read_row(legacy.row, value)
        faults = faults if row is None else legacy.faults(row, now)
        if row is None or faults:
            rejected += [_rejected(index, value, fault) for fault in faults]
        else:
            entries.append(_Entry(index, matter_of_row(body.source_system, row.external_no), row))
    return entries, rejected


def _rejected(index: int, value: dict[str, Any], fault: Fault) -> RejectedRow:
    number = value.get("external_no")
    return RejectedRow(
        index=index,
        external_no=number if isinstance(number, str) else "",
        field=fault.field,
        code=fault.code,
        detail=label(fault.code),
    )


async def _histories(
    by: Caller, source: str, entries: Sequence[_Entry[AnyRow]], legacy: Legacy[AnyRow]
) -> list[History[Any]]:
    streams = [by.desk.stream(entry.matter) for entry in entries]
    known = await by.store.versions(streams)
    fresh = [entry for entry, stream in zip(entries, streams, strict=True) if stream not in known]
    wanted = [(entry.matter, text) for entry in fresh for text in legacy.text_of(entry.row)]
    sealed = dict(zip(wanted, await by.seal_all(wanted), strict=True))
    steps = {entry.matter: _steps(by, source, entry, legacy, sealed) for entry in fresh}
    return [
        History(stream, steps.get(entry.matter, ())) for entry, stream in zip(entries, streams, strict=True)
    ]


def _steps(
    by: Caller,
    source: str,
    entry: _Entry[AnyRow],
    legacy: Legacy[AnyRow],
    sealed: dict[tuple[UUID, str], Sealed],
) -> tuple[Any, ...]:
    """One row is one command of the importer; the people of the register stand in the facts (`by`)."""
    row = entry.row
    cause = by.cause(channel=row.channel, source_system=source, external_no=row.external_no)

    def seal(text: str | None) -> Sealed:
        return NOT_STATED if text is None else sealed[entry.matter, text]

    return tuple((command, replace(cause, at=at)) for command, at in legacy.plan(row, seal))


def _document(
    results: Sequence[RowResult], entries: Sequence[_Entry[AnyRow]], rejected: Sequence[RejectedRow]
) -> ImportAnswer:
    refused = [
        RejectedRow(
            index=entry.index,
            external_no=entry.row.external_no,
            field="",
            code=result.code or "rejected",
            detail=label(result.code or "rejected"),
        )
        for entry, result in zip(entries, results, strict=True)
        if result.status == "REJECTED"
    ]
    return ImportAnswer(
        imported=sum(result.status == "IMPORTED" for result in results),
        already=sum(result.status == "ALREADY" for result in results),
        rejected=sorted([*rejected, *refused], key=lambda row: row.index),
    )
