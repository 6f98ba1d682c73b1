"""A server that already runs is used again, unless it gives no answer."""

from collections.abc import Callable

from deploy.local import process
from deploy.local.problem import Problem
from deploy.local.site import Site
from deploy.local.wait import until

_SILENCE = 20.0
"""Seconds a living server may stay silent before it is ended and started again."""


def reusable(site: Site, name: str, ready: Callable[[int], bool]) -> int | None:
    """Return the port of the server of that name if it runs and answers; end one that stays silent."""
    running = site.state.living(name)
    if running is None:
        return None
    if site.asked.get(name) not in (None, running.port):
        raise Problem(
            f"{name} already runs on port {running.port}.", "First take the stack down: bihuan down"
        )
    if until(lambda: ready(running.port) or not running.alive, _SILENCE) and running.alive:
        return running.port
    site.say(f"{name} gives no answer; starting it again")
    process.kill(running.child)
    return None
