"""`bihuan demo`: a whole city through the system, its published figures reproduced from the log."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from deploy.cities.pack import Pack, load
from deploy.cli.register import import_register
from deploy.cli.stack import say
from deploy.demo import loading
from deploy.demo.client import RefusedError
from deploy.demo.premiere import Premiere
from deploy.demo.recipe import recipe
from deploy.demo.venue import Venue, venue
from deploy.local import paths
from deploy.local.problem import Problem
from deploy.register.sending import SendingError

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
    try:
        good = perform(pack, place)
        if watched:
            say("The system stays up. Ctrl-C stops it.")
            threading.Event().wait()
    except (RefusedError, SendingError) as error:
        raise Problem(f"The demo did not reach its end: {error}.", f"Logs: {place.where.logs}") from error
    except KeyboardInterrupt:
        good = not watched
    finally:
        if not keep:
            place.close()
    raise typer.Exit(0 if good else 1)


def perform(pack: Pack, place: Venue) -> bool:
    """The whole demo on one stack; whether every figure was reproduced and the rebuild was identical."""
    began, console = monotonic(), Console()
    plan = recipe(pack)
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(loading.generate, pack, plan, place.where.home / "demo")
        show = Premiere(place.open(pack, plan), console, import_register)
        registers = writing.result()
    show.say(f"{pack.city.name}: up after {monotonic() - began:.1f} s")
    show.load(registers)
    show.play()
    found = show.count()
    show.say(f"In all {monotonic() - began:.1f} s")
    return all(line.reproduced for line in found)


def _pack(city: str) -> Pack:
    try:
        return load(city)
    except ValueError as error:
        raise Problem(f"{error}.", "Choose one with --city.") from error
