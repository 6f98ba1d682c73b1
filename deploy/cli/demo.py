"""`bihuan demo`: a whole city through the system, its published figures reproduced from the log."""

import os
import sys
from typing import Annotated

import typer

from deploy.cities.pack import Pack, load
from deploy.cli.register import import_register
from deploy.cli.stack import say
from deploy.demo.performance import perform
from deploy.demo.venue import venue
from deploy.local import paths
from deploy.local.problem import Problem

app = typer.Typer()


@app.command()
def demo(
    city: Annotated[str, typer.Option(help="Which city pack.")] = "dawukou",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Stop the system at the end.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="End and leave the system running.")] = False,
) -> None:
    """Start the system, bring a city's register in, drive live cases, count, rebuild.

    Exit code 0 when every published figure was reproduced from the log and the rebuild was identical.
    """
    pack, place = _pack(city), venue(paths.resolve(), say)
    watched = sys.stdin.isatty() and "CI" not in os.environ and not no_wait and not keep
    good = False
    try:
        good = perform(pack, place, import_register)
        place.tell()
        if watched:
            place.stay()
    except KeyboardInterrupt:
        say("Interrupted")
    finally:
        if not keep:
            place.close()
    raise typer.Exit(0 if good else 1)


def _pack(city: str) -> Pack:
    try:
        return load(city)
    except ValueError as error:
        raise Problem(f"{error}.", "Choose one with --city.") from error
