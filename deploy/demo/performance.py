"""The whole demo, from an empty machine to its last figure."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from rich.console import Console

from deploy.cities.pack import Pack
from deploy.demo import loading, refolding
from deploy.demo.client import RefusedError
from deploy.demo.premiere import Importing, Premiere
from deploy.demo.recipe import recipe
from deploy.demo.venue import Venue
from deploy.local.problem import Problem
from deploy.register.sending import SendingError

WIDTH = 120


def perform(pack: Pack, place: Venue, importing: Importing) -> bool:
    """Whether every figure was reproduced and the rebuild was identical. Raises `Problem`."""
    try:
        return _perform(pack, place, importing)
    except (RefusedError, SendingError) as error:
        raise Problem(f"The demo did not reach its end: {error}.", f"Logs: {place.where.logs}") from error


def _perform(pack: Pack, place: Venue, importing: Importing) -> bool:
    began, console, plan = monotonic(), _console(), recipe(pack)
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(loading.generate, pack, plan, place.where.home / "demo")
        show = Premiere(place.open(pack, plan), console, importing)
        registers = writing.result()
    show.say(f"{pack.city.name}: up after {monotonic() - began:.1f} s")
    rules = show.rule()
    show.load(registers)
    found = show.count(show.play(rules))
    same = refolding.identical(place.where, console)
    show.say(f"In all {monotonic() - began:.1f} s")
    return same and all(line.reproduced for line in found)


def _console() -> Console:
    """As wide as the terminal; wide enough for the table where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)
