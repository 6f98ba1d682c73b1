"""Who calls: the dependency of every route, and what comes with the request besides its body."""

import re

from starlette.requests import Request as HttpRequest

from libs.events.answers import answered, written
from libs.events.caller import Caller
from libs.events.clock import new_id
from libs.events.front import Front
from libs.events.problems import Problem
from libs.events.telemetry import accepted, new_traceparent

__all__ = ["Caller", "answered", "caller", "traceparent_of", "version_asked", "written"]

TRACE = "bihuan.traceparent"
_ETAG = re.compile(r'"([1-9][0-9]{0,9})"', re.ASCII)


async def caller(http: HttpRequest) -> Caller:
    """401 without a valid token, 403 without a role for the operation."""
    front: Front = http.app.state.front
    principal = await front.tokens.principal(http.headers.get("authorization"))
    operation: str = http.scope["route"].operation_id
    permitted = front.roles_of(operation) & principal.roles
    if not permitted:
        raise Problem("not_permitted")
    return Caller(
        user=principal.user,
        org=principal.org,
        roles=principal.roles,
        jurisdiction=principal.jurisdiction,
        role=min(permitted),
        on_behalf_of=principal.on_behalf_of,
        at=front.clock(),
        command_id=new_id(),
        make_id=new_id,
        traceparent=traceparent_of(http),
        front=front,
        operation=operation,
    )


def traceparent_of(http: HttpRequest) -> str:
    """The trace this request belongs to: the caller's own, else one that begins here."""
    known: str | None = http.scope.get(TRACE)
    if known is None:
        known = http.scope[TRACE] = accepted(http.headers.get("traceparent")) or new_traceparent()
    return known


def version_asked(if_match: str | None) -> int | None:
    """The version in `If-Match: "7"`; None when absent or `*`."""
    if if_match is None or if_match == "*":
        return None
    matched = _ETAG.fullmatch(if_match)
    if matched is None:
        raise Problem("if_match_malformed")
    return int(matched[1])
