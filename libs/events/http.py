"""Who calls: the dependency of every route, and what comes with the request besides its body."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request as HttpRequest

from libs.events.answers import answered, written
from libs.events.caller import Caller
from libs.events.clock import new_id
from libs.events.front import Front
from libs.events.problems import Problem
from libs.events.telemetry import accepted, new_traceparent

__all__ = ["By", "Caller", "answered", "caller", "identified", "traceparent_of", "version_asked", "written"]

TRACE = "bihuan.traceparent"
_ETAG = re.compile(r'"([1-9][0-9]{0,9})"', re.ASCII)


async def caller(http: HttpRequest) -> Caller:
    """401 without a valid token, 403 without a role for the operation."""
    return await identified(http.scope, http.headers)


By = Annotated[Caller, Depends(caller)]
"""How a route asks for whoever calls it."""


async def identified(scope: MutableMapping[str, Any], headers: Mapping[str, str]) -> Caller:
    """The same for whoever has the headers already."""
    front: Front = scope["app"].state.front
    principal = await front.tokens.principal(headers.get("authorization"))
    operation: str = scope["route"].operation_id
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
        traceparent=_trace(scope, headers),
        front=front,
        operation=operation,
    )


def traceparent_of(http: HttpRequest) -> str:
    """The trace this request belongs to: the caller's own, else one that begins here."""
    return _trace(http.scope, http.headers)


def _trace(scope: MutableMapping[str, Any], headers: Mapping[str, str]) -> str:
    known: str | None = scope.get(TRACE)
    if known is None:
        known = scope[TRACE] = accepted(headers.get("traceparent")) or new_traceparent()
    return known


def version_asked(if_match: str | None) -> int | None:
    """The version in `If-Match: "7"`; None when absent or `*`."""
    if if_match is None or if_match == "*":
        return None
    matched = _ETAG.fullmatch(if_match)
    if matched is None:
        raise Problem("if_match_malformed")
    return int(matched[1])
