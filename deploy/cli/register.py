"""`bihuan import register`: a legacy register of cases or disputes, from a file into the log."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.token import Wanted, make
from deploy.register import local
from deploy.register.mapping import MappingError, load
from deploy.register.run import Job, Tally, run_alone
from deploy.register.sending import SendingError
from deploy.register.sheet import SheetError
from libs.events.clock import system_clock

app = typer.Typer(no_args_is_help=True)
SOME_REJECTED = 3
STAGES = {"case": "dispatch", "dispute": "mediation"}
_PLAIN_EVERY = 5000


@app.callback()
def about() -> None:
    """Bring what other systems know into the log."""


@app.command("register")
def register(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030) or an Excel workbook.")],
    mapping: Annotated[Path, typer.Option("--map", help="Columns to fields, words to codes.")],
    report: Annotated[Path | None, typer.Option(help="Rejected rows and why [FILE.report.csv].")] = None,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Rows of one request.")] = 500,
    url: Annotated[str, typer.Option(help="The stage's address; the local stack's when absent.")] = "",
    token: Annotated[str, typer.Option(envvar="BIHUAN_TOKEN", help="A token with the role ADM.")] = "",
    city: Annotated[str, typer.Option(help="Whose administrator imports, without --token.")] = "dawukou",
) -> None:
    """Import a register. Exit code 0: all is in. 3: rows were left out, see the report. 1: it did not end."""
    try:
        plan = load(mapping)
        job = Job(
            file=file,
            mapping=plan,
            url=url or local.url(STAGES[plan.kind]),
            token=token or make(Wanted(city, user=None, role="ADM")),
            report=report or file.with_suffix(".report.csv"),
            now=system_clock(),
            batch=batch,
        )
        tally = import_register(job)
    except MappingError as error:
        for reason in error.reasons:
            typer.echo(f"bihuan: {reason}", err=True)
        raise typer.Exit(1) from None
    except (SheetError, SendingError) as error:
        typer.echo(f"bihuan: {error}", err=True)
        raise typer.Exit(1) from None
    _conclude(tally, job)


def import_register(job: Job) -> Tally:
    """Run the import with a progress bar, or with plain lines where nobody watches a terminal."""
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
    watched = sys.stderr.isatty() and "CI" not in os.environ
    bar: AbstractContextManager[object] = shown if watched else nullcontext()
    with bar:
        return asyncio.run(run_alone(job, _bar(shown, job) if watched else _lines(job)))


def _bar(shown: Progress, job: Job) -> Callable[[Tally, int], None]:
    task = shown.add_task(job.file.name, total=None)
    return lambda tally, about: shown.update(task, completed=tally.rows, total=about)


def _lines(job: Job) -> Callable[[Tally, int], None]:
    told = 0

    def tell(tally: Tally, about: int) -> None:
        nonlocal told
        if tally.rows - told >= _PLAIN_EVERY:
            told = tally.rows
            typer.echo(f"{job.file.name}: {tally.rows} of about {about} rows", err=True)

    return tell


def _conclude(tally: Tally, job: Job) -> None:
    typer.echo(
        f"{tally.rows} rows: {tally.imported} imported, {tally.already} already there, "
        f"{tally.rejected} rejected"
    )
    if tally.rejected:
        typer.echo(f"Every reason is in {job.report}", err=True)
        raise typer.Exit(SOME_REJECTED)
