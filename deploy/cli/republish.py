"""`bihuan republish`: after a loss of Kafka, fill the topics again from the event tables."""

import asyncio
import sys
from dataclasses import replace
from typing import Annotated

import typer

from deploy.cli.verify import LISTENS, STAGES, Prefix, Whereabouts, whereabouts
from deploy.local import topics
from deploy.local.problem import Problem
from libs.events.errors import BihuanError
from libs.events.republishing import forget_offsets, refill
from libs.events.verification.table import records_on

app = typer.Typer()


@app.command("republish")
def command(
    stage: Annotated[list[str] | None, typer.Option(help="Only this stage; repeat for several.")] = None,
    dsn: Annotated[list[str] | None, typer.Option(help="As stage=address, for another installation.")] = None,
    bootstrap: Annotated[str | None, typer.Option(envvar="BIHUAN_KAFKA_BOOTSTRAP", help="Broker.")] = None,
    prefix: Prefix = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where a topic holds records.")] = False,
) -> None:
    """Create what topics are missing, queue every event again, have every consumer begin at the start."""
    chosen = stage or list(STAGES)
    if unknown := sorted(set(chosen) - set(STAGES)):
        raise Problem(f"There is no stage {unknown[0]}.", f"There are {', '.join(STAGES)}.")
    where = whereabouts(dsn or [], bootstrap, prefix)
    ours = (replace(topic, name=where.topic(topic.name)) for topic in topics.read())
    topics.ensure(where.bootstrap, tuple(ours))
    try:
        asyncio.run(republished(chosen, where, anyway=anyway))
    except BihuanError as error:
        raise Problem(f"Stopped: {error}.", "Run it again; what was queued twice has effect once.") from error


async def republished(chosen: list[str], where: Whereabouts, *, anyway: bool = False) -> None:
    """Refuse first, then act: consumers begin anew before the first record arrives."""
    lost = [where.topic(f"case.{name}") for name in chosen]
    if not anyway and (left := await records_on(where.bootstrap, lost)):
        raise Problem(
            f"The topics of {', '.join(chosen)} still hold {left:,} records.",
            "Nothing is lost there. If you know better: bihuan republish --anyway",
        )
    for service, heard in LISTENS.items():
        if mine := [topic for topic in where.carries(heard) if topic in lost]:
            reset = await forget_offsets(where.dsn[service], mine)
            say(f"{service} reads {', '.join(mine)} from the start ({reset.partitions} partitions)")
    for name in chosen:
        say(f"{name}: {await refill(where.dsn[name]):,} events queued; its relay publishes them in order")


def say(line: str) -> None:
    """Tell the operator on standard error."""
    sys.stderr.write(line + "\n")
