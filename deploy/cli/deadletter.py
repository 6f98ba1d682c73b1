"""`bihuan deadletter`: look at records that were set aside, and decide about them (reliability R6)."""

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import addresses, paths
from deploy.local.problem import Problem
from libs.events.deadletter import (
    DeadLetters,
    NotParked,
    Place,
    discard,
    listed,
    place_of,
    request_replay,
    shown,
)
from libs.events.errors import Unavailable
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.settings import Settings
from libs.events.store import WAITING, Parked, ParkedState

app = typer.Typer(no_args_is_help=True)

StageName = Literal["intake", "dispatch", "mediation", "metrics"]
Stage = Annotated[StageName, typer.Option("--stage", help="Whose parked records.")]
Dsn = Annotated[str | None, typer.Option(help="Its database; default: the local stack's.")]
PlaceText = Annotated[str, typer.Argument(metavar="PLACE", help="<topic>/<partition>/<offset>, as listed.")]
Note = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]
By = Annotated[str, typer.Option("--by", help="Who decides.", default_factory=getpass.getuser)]
Answer = TypeVar("Answer")

DECIDED: tuple[ParkedState, ...] = ("REPLAYED", "DISCARDED")
PREVIEW = 2000


@app.command("list")
def list_(
    stage: Stage,
    dsn: Dsn = None,
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List parked records, each stream's in the order of its log."""
    states: Sequence[ParkedState] = (*WAITING, *DECIDED) if everything else WAITING
    rows = _on(stage, dsn, lambda store: listed(store, states))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_facts(row), ensure_ascii=False))
    elif rows:
        Console().print(_table(rows))
    else:
        typer.echo("No record waits for a decision." if not everything else "No record was ever set aside.")


@app.command()
def show(
    place: PlaceText,
    stage: Stage,
    dsn: Dsn = None,
    raw: Annotated[bool, typer.Option("--raw", help="Only the record's bytes.")] = False,
) -> None:
    """Show one record with its bytes, and what was decided about it."""
    row = _on(stage, dsn, lambda store: shown(store, Place.parse(place)))
    if raw:
        sys.stdout.buffer.write(row.record)
        return
    for name, value in _facts(row).items():
        typer.echo(f"{name:<11}{value}")
    for header, content in row.headers:
        typer.echo(f"{'header':<11}{header}: {content!r}")
    typer.echo(f"{'record':<11}{row.record[:PREVIEW]!r}{' …' if len(row.record) > PREVIEW else ''}")


@app.command()
def replay(place: PlaceText, stage: Stage, note: Note, by: By, dsn: Dsn = None) -> None:
    """Ask the service to apply a record again, and then what waits for it."""
    _on(stage, dsn, lambda store: request_replay(store, Place.parse(place), by, note))
    typer.echo(f"{place}: replay requested; {stage} carries it out within seconds while it runs.")


@app.command("discard")
def discard_(place: PlaceText, stage: Stage, note: Note, by: By, dsn: Dsn = None) -> None:
    """Give a record up; the later records of its stream go on without it."""
    _on(stage, dsn, lambda store: discard(store, Place.parse(place), by, note))
    typer.echo(f"{place}: discarded.")


def _on(stage: StageName, dsn: str | None, work: Callable[[DeadLetters], Awaitable[Answer]]) -> Answer:
    """Do the work on the stage's store. Raises Problem."""
    address = dsn or addresses.of_running(paths.resolve()).dsn[stage]

    async def done() -> Answer:
        store = PostgresStore(address, _origin(stage))
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(done())
    except NotParked as wrong:
        raise Problem(f"{wrong}.", f"See: bihuan deadletter list --stage {stage} --all") from wrong
    except Unavailable as away:
        raise Problem(f"The {away.dependency} of {stage} does not answer.", "See: bihuan status") from away


def _origin(stage: StageName) -> Origin | None:
    """Decisions are announced by the stage's own relay; metrics has none and keeps them to itself."""
    settings = Settings()
    dead_letters = settings.topic("case.dead-letter")
    topic = settings.topic(f"case.{stage}")
    return None if stage == "metrics" else Origin(settings.source(stage), topic, dead_letters)


def _facts(row: Parked) -> dict[str, str | int | None]:
    return {
        "place": str(place_of(row)),
        "stream": row.stream,
        "version": row.version,
        "reason": row.reason,
        "state": row.state,
        "parked_at": row.parked_at.isoformat(),
        "trace_id": row.trace_id,
        "bytes": len(row.record),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "note": row.note,
    }


def _table(rows: Sequence[Parked]) -> Table:
    table = Table("place", "stream", "reason", "state", "since", "by")
    for row in rows:
        since = row.parked_at.isoformat(sep=" ", timespec="seconds")
        table.add_row(
            str(place_of(row)), row.stream or "—", row.reason, row.state, since, row.decided_by or ""
        )
    return table
