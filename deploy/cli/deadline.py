"""`bihuan deadline`: a deadline and its arithmetic from the shell, without a server."""

import json
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from libs.events.timing.words import Words
from libs.worktime import Limit, Pause, Schedule, Span, Terms, WorktimeError, deadline, reading
from libs.worktime.explain import explain
from libs.worktime.records import calendar_from

EDITION = Path(__file__).parents[1] / "calendars" / "cn.yaml"


@dataclass(frozen=True)
class Question:
    """What was asked, parsed."""

    terms: Terms
    schedule: Schedule
    at: datetime | None


def answer(question: Question) -> dict[str, Any]:
    """`due`, `label`, `status`, `steps`; with an instant asked for also `elapsed`, `remaining`, `state`."""
    terms, schedule = question.terms, question.schedule
    words, result, steps = Words(schedule.zone), deadline(terms, schedule), explain(terms, schedule)
    body: dict[str, Any] = {
        "due": words.instant(result.due) if result.due else None,
        "label": words.end(result.due) if result.due else words.say("deadline.none"),
        "status": result.status,
        "calendar_version": schedule.calendar.version,
        "arithmetic": words.arithmetic(terms, schedule, steps),
        "steps": [words.step(step, terms.limit) for step in steps if terms.limit],
    }
    if question.at is not None:
        now = reading(terms, schedule, question.at)
        body |= {"elapsed": now.elapsed, "remaining": now.remaining, "state": now.state}
        body["state_label"] = words.say(f"clock_state.{now.state}")
    return body


def _instant(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = "write ISO 8601 with a zone, for example 2026-02-10T16:40+08:00"
        raise WorktimeError(field, "not_a_time", message) from None


def _pause(text: str) -> Pause:
    start, slash, end = text.partition("/")
    if not slash:
        raise WorktimeError("pause", "not_a_pause", "write START/END, both ISO 8601 with a zone")
    return Pause(_instant(start, "pause"), _instant(end, "pause"))


def _hours(text: str) -> tuple[Span, ...]:
    try:
        pairs = [part.split("-") for part in text.split(",")]
        return tuple(Span(time.fromisoformat(a), time.fromisoformat(b)) for a, b in pairs)
    except ValueError:
        raise WorktimeError("office_hours", "not_office_hours", "write 08:30-12:00,14:00-17:30") from None


def _edition(path: Path) -> Schedule:
    try:
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise WorktimeError(
            "calendar", "calendar_unreadable", f"{path.name} is no readable YAML file"
        ) from None
    if not isinstance(record, dict):
        raise WorktimeError("calendar", "calendar_malformed", f"{path.name} holds no calendar edition")
    return Schedule(calendar_from(record))


def show(
    start: Annotated[str, typer.Option("--from", help="Start, ISO 8601 with a zone.")],
    limit: Annotated[str, typer.Option(help="5wd, 8wh, 30sd, 2d, 4h, 15min, or `none`.")],
    office_hours: Annotated[str, typer.Option(help="08:30-12:00,14:00-17:30")] = "",
    pause: Annotated[list[str] | None, typer.Option(help="START/END; repeatable.")] = None,
    extend: Annotated[list[str] | None, typer.Option(help="5wd; repeatable.")] = None,
    calendar: Annotated[Path, typer.Option(help="A calendar edition (YAML).")] = EDITION,
    at: Annotated[str, typer.Option(help="Also say where the clock stands at this instant.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """When a limit ends, and every day that counted or did not."""
    try:
        schedule = _edition(calendar)
        if office_hours:
            schedule = Schedule(schedule.calendar, _hours(office_hours))
        terms = Terms(
            start=_instant(start, "from"),
            limit=None if limit == "none" else Limit.parse(limit),
            extensions=tuple(Limit.parse(text, "extend") for text in extend or ()),
            pauses=tuple(_pause(text) for text in pause or ()),
        )
        body = answer(Question(terms, schedule, _instant(at, "at") if at else None))
    except WorktimeError as error:
        problem = {"field": error.field, "code": error.rule, "detail": error.detail}
        typer.echo(json.dumps(problem, ensure_ascii=False) if as_json else f"{error}", err=True)
        raise typer.Exit(2) from None
    _print(body, as_json=as_json)


def _print(body: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False))
        return
    steps, lines = body.pop("steps"), body.pop("arithmetic")
    for key, value in body.items():
        typer.echo(f"{key:18}{value}")
    for line in lines:
        typer.echo(line)
    for step in steps:
        typer.echo(f"  {step['date']} {step['weekday']} {step['text']}")
