"""One runtime for every service: data and pure functions in, a running process out (design 11.7)."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from libs.events.clock import Clock, system_clock
from libs.events.edge import EdgeRoute
from libs.events.front import Desk, Front
from libs.events.middleware import Outermost, speak_problems
from libs.events.reads import reads
from libs.events.sealing import Sealer, deployment_key
from libs.events.settings import Settings
from libs.events.stage import TOPIC_PREFIX, Permissions, Stage
from libs.events.store import EventStore
from libs.events.tokens import Tokens

__all__ = ["Settings", "Stage", "build"]


def build(
    stage: Stage, settings: Settings, *, store: EventStore | None = None, clock: Clock = system_clock
) -> FastAPI:
    """The stage's application. With a `store` it is complete in process: no servers, no background tasks."""
    listened = frozenset(TOPIC_PREFIX[topic] for topic in stage.listens_to)
    sealer = Sealer(stage.name, deployment_key(settings.sealing_key_file))
    desk = Desk(stage, sealer, _operations(stage.routes), store)
    front = Front(settings, stage.permissions, Tokens(settings, clock), clock)
    front.prefixes, front.reached, front.desk = listened | {stage.prefix}, desk.newest, desk
    app = _application(stage.name, front)
    _adopt(app, f"/v1/{stage.noun}", stage.routes)
    _adopt(app, f"/v1/{stage.noun}", reads(stage))
    _check_permissions(app, stage.permissions)
    return app


def _application(name: str, front: Front) -> FastAPI:
    """Documentation pages are off, FastAPI's own telemetry too (it would log input: reliability 2.4)."""
    app = FastAPI(
        title=f"Bihuan {name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if front.settings.open_openapi else None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.front = front
    app.router.route_class = EdgeRoute
    app.add_middleware(Outermost, max_in_flight=front.settings.max_in_flight)
    speak_problems(app)
    return app


def _adopt(app: FastAPI, prefix: str, router: APIRouter) -> None:
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
            response_model=None,
        )


def _operations(router: APIRouter) -> dict[str, str]:
    """Operation id of each command of an existing matter, by its kebab-case name in the path."""
    return {
        path.rpartition("/")[2]: route.operation_id
        for route in iter_route_contexts(router.routes)
        if "POST" in (route.methods or ()) and (path := route.path or "").startswith("/{matter}/")
    }


def _check_permissions(app: FastAPI, table: Permissions) -> None:
    """A route without an entry fails start-up, and so does an entry without a route (OWASP API5)."""
    operations = {route.operation_id for route in app.routes if isinstance(route, EdgeRoute)}
    missing, unused = operations - set(table), set(table) - operations
    if missing or unused:
        message = (
            f"permissions: without an entry {sorted(map(str, missing))}, without a route {sorted(unused)}"
        )
        raise TypeError(message)
