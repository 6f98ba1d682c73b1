"""`bihuan rebuild`: fold the log anew beside the live read model, compare, and swap."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.local import addresses
from deploy.local.paths import resolve
from deploy.local.problem import Problem
from libs.events.errors import BihuanError
from libs.events.stage import TOPIC_PREFIX
from services.metrics.folding import Log
from services.metrics.rebuild import Options, Outcome, Phase, Watch, rebuild

app = typer.Typer()
PHASES: dict[Phase, str] = {
    "fold": "Folding the log",
    "index": "Building indexes",
    "compare": "Comparing with live",
    "swap": "Swapping",
}


@app.command("rebuild")
def command(
    verify: Annotated[bool, typer.Option("--verify", help="Only compare; change nothing.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Swap although rows differ.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that fold.")] = 2,
    dsn: Annotated[str | None, typer.Option(envvar="BIHUAN_METRICS_DSN", help="Database of metrics.")] = None,
    bootstrap: Annotated[str | None, typer.Option(envvar="BIHUAN_KAFKA_BOOTSTRAP", help="Broker.")] = None,
    prefix: Annotated[str, typer.Option(envvar="BIHUAN_KAFKA_PREFIX", help="Before every topic.")] = "",
) -> None:
    """Rebuild the figures from offset 0 while readers are served; exit code 1 when live differs."""
    database, broker = _where(dsn, bootstrap)
    topics = {f"{prefix}{topic}": stream for topic, stream in TOPIC_PREFIX.items()}
    chosen = Options(database, Log(broker, topics), processes=processes, verify=verify, accept=accept)
    console = Console()
    try:
        outcome = run(chosen, console)
    except KeyboardInterrupt:
        console.print("Interrupted. The next run goes on with the partitions that are done.")
        raise typer.Exit(130) from None
    raise typer.Exit(0 if outcome.identical or outcome.swapped else 1)


def run(options: Options, console: Console) -> Outcome:
    """Rebuild with a progress bar on the console, and say what came of it. Raises Problem."""
    try:
        with _watched(console) as watch:
            outcome = rebuild(options, watch)
    except BihuanError as error:
        raise Problem(f"The rebuild stopped: {error}.", "Nothing was changed for readers.") from error
    tell(outcome, console)
    return outcome


def tell(outcome: Outcome, console: Console) -> None:
    """Events, seconds, rate, and `identical` or the differences."""
    resumed = f" ({outcome.resumed:,} of them before an interruption)" if outcome.resumed else ""
    console.print(
        f"{outcome.events:,} events{resumed} in {outcome.seconds:.1f} s, {outcome.rate:,.0f} events/s, "
        f"{outcome.rows:,} rows, digest {outcome.digest}",
        highlight=False,
    )
    console.print("identical" if outcome.identical else f"{outcome.differing:,} rows differ", style="bold")
    for found in outcome.differences:
        what = f"no row in {found.missing}" if found.missing else ", ".join(found.columns)
        console.print(f"  {found.matter}: {what}", highlight=False)
    if outcome.swapped:
        console.print(f"swapped under a lock of {outcome.lock_ms:.1f} ms", highlight=False)


@contextmanager
def _watched(console: Console) -> Iterator[Watch]:
    """A bar with rate and time left on a terminal; a line per step elsewhere."""
    if not console.is_terminal:
        yield Watch(phase=lambda phase: console.print(f"{PHASES[phase]} …"))
        return
    text, rate = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
    columns = (text, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None, rate="")

        def folded(events: int) -> None:
            progress.advance(task, events)
            speed = progress.tasks[0].speed
            progress.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield Watch(
            phase=lambda phase: progress.update(task, description=PHASES[phase]),
            total=lambda total, done: progress.update(task, total=total, completed=done),
            folded=folded,
        )


def _where(dsn: str | None, bootstrap: str | None) -> tuple[str, str]:
    """The addresses given, else those of the local stack."""
    if dsn and bootstrap:
        return dsn, bootstrap
    known = addresses.of_running(resolve())
    return dsn or known.dsn["metrics"], bootstrap or known.bootstrap
