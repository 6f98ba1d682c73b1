"""Commands go past the framework: found by their path, answered by their route (ADR 0013)."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.events.edge import EdgeRoute
from libs.events.front import Front
from libs.events.middleware import Framework, Outermost, Spoken, speak_problems

Place = str | tuple[str, str]
"""The path, or what stands in it before and after the matter."""
Known = dict[Place, tuple[EdgeRoute, ASGIApp]]


class ShortWay(FastAPI):
    """FastAPI for everything but a POST to the path of a command: ten layers cost more than one look-up.

    What is not found here goes through FastAPI, which knows what else the address may mean.
    """

    def __init__(self, front: Front, **options: Any) -> None:
        super().__init__(**options)
        self.state.front = front
        self._outermost = Outermost(front.settings.max_in_flight, front.meters)
        self._commands: Known = {}
        self.add_middleware(Framework, outermost=self._outermost)
        speak_problems(self)

    def shorten(self) -> None:
        """Look at the routes again: some were added."""
        self._commands = known(route for route in self.routes if isinstance(route, EdgeRoute))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        matter, found = self._found(scope)
        if found is None:
            await super().__call__(scope, receive, send)
            return
        route, command = found
        scope["app"], scope["route"], scope["endpoint"] = self, route, route.endpoint
        scope["path_params"] = dict.fromkeys(route.param_convertors, matter)
        await self._outermost.around(command, scope, receive, send)

    def _found(self, scope: Scope) -> tuple[str, tuple[EdgeRoute, ASGIApp] | None]:
        if scope["type"] != "http" or scope["method"] != "POST" or scope.get("root_path"):
            return "", None
        path: str = scope["path"]
        if (found := self._commands.get(path)) is not None:
            return "", found
        before, _, after = path.rpartition("/")
        before, _, matter = before.rpartition("/")
        return matter, self._commands.get((before, after)) if matter else None


def known(routes: Iterable[EdgeRoute]) -> Known:
    """The commands whose path is fixed, or fixed around one matter; others take the long way."""
    found: Known = {}
    for route in routes:
        before, matter, after = route.path.partition("/{matter}/")
        if route.methods == {"POST"} and "{" not in before + after and "/" not in after:
            found[(before, after) if matter else before] = route, Spoken(route.app)
    return found
