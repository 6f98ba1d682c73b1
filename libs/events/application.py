"""A FastAPI application with every layer of the edge around a service's routes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from libs.events.clock import Clock, real_clock
from libs.events.edge import EdgeRoute
from libs.events.front import Front
from libs.events.health import Health, documentation, expose, metrics_page
from libs.events.meters import Meters
from libs.events.settings import Settings
from libs.events.shortway import ShortWay
from libs.events.tokens import Tokens

OPEN = "open"
"""Tag of a route that needs no token, by setting (the pages of metrics on loopback)."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an application is made of, whether it writes or only reads."""

    name: str
    settings: Settings
    clock: Clock
    permissions: Mapping[str, frozenset[str]]
    prefixes: frozenset[str]


def application(given: Given, newest: Callable[[str], Awaitable[int]], **half: Any) -> ShortWay:
    """The application without its routes. `half`: the `desk` or the `reading` behind them."""
    settings, meters = given.settings, Meters(given.name)
    health = Health(meters)
    front = Front(
        settings,
        given.permissions,
        Tokens(settings, real_clock(given.clock)),
        given.clock,
        meters,
        health,
        given.prefixes,
        newest,
        **half,
    )
    app = _framework(given.name, front)
    expose(app, health)
    if settings.open_metrics:
        app.router.add_route("/metrics", metrics_page(health), include_in_schema=False)
    if settings.open_openapi:
        app.router.add_route("/openapi.json", documentation(app, given.name), include_in_schema=False)
    return app


def _framework(name: str, front: Front) -> ShortWay:
    """Documentation pages are off, FastAPI's own telemetry too (it would log input: reliability 2.4)."""
    app = ShortWay(
        front,
        title=f"Bihuan {name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.router.route_class = EdgeRoute
    return app


def adopt(app: ShortWay, prefix: str, router: APIRouter) -> None:
    """Each route again, as a route of the edge; a router's nested routers come along."""
    for route in iter_route_contexts(router.routes):
        if route.endpoint is None:
            continue
        app.add_api_route(
            f"{prefix}{route.path}",
            route.endpoint,
            methods=sorted(route.methods or ()),
            operation_id=route.operation_id,
            summary=route.summary,
            description=route.description,
            responses=route.responses,
            tags=route.tags,
            dependencies=route.dependencies,
            openapi_extra=route.openapi_extra,
            status_code=route.status_code,
            include_in_schema=route.include_in_schema,
            response_model=None,
        )
    app.shorten()


def commands(router: APIRouter) -> dict[str, str]:
    """Operation id of each command of an existing matter, by its kebab-case name in the path."""
    return {
        path.rpartition("/")[2]: route.operation_id
        for route in iter_route_contexts(router.routes)
        if "POST" in (route.methods or ()) and (path := route.path or "").startswith("/{matter}/")
    }


def check_permissions(app: FastAPI, table: Mapping[str, frozenset[str]]) -> None:
    """A route without an entry fails start-up, and so does an entry without a route (OWASP API5)."""
    routes = [route for route in app.routes if isinstance(route, EdgeRoute) and OPEN not in route.tags]
    operations = {str(route.operation_id) for route in routes}
    missing, unused = operations - set(table), set(table) - operations
    if missing or unused:
        message = f"permissions: without an entry {sorted(missing)}, without a route {sorted(unused)}"
        raise TypeError(message)
