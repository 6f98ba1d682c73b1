"""`?after=`: a read that waits, bounded, until it reflects what the client wrote (design section 3)."""

import asyncio
import re
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request

from libs.events.errors import NotReached
from libs.events.front import Front
from libs.events.problems import Problem

MAX_POSITIONS = 8
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_POSITION = re.compile(rf"((?P<prefix>[a-z]{{1,16}})-{_UUID})@(?P<version>[1-9][0-9]{{0,8}})", re.ASCII)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.004, 0.05


async def after(
    request: Request,
    after: Annotated[
        list[str] | None, Query(max_length=MAX_POSITIONS, description="`<stream>@<version>`, repeatable")
    ] = None,
) -> None:
    """The dependency of every read: 400 for a bad position, 503 when one is not reached in time."""
    front: Front = request.app.state.front
    for written in after or ():
        await reach(front, *parsed(written, front.prefixes))


def parsed(text: str, prefixes: frozenset[str]) -> tuple[str, int]:
    """Stream and version of a position that this service can ever reach."""
    matched = _POSITION.fullmatch(text)
    if matched is None or matched["prefix"] not in prefixes:
        raise Problem("after_malformed")
    return matched[1], int(matched["version"])


async def reach(front: Front, stream: str, version: int) -> None:
    """Returns once the version is applied; NotReached after the deadline of the settings."""
    pause = _FIRST_PAUSE
    try:
        async with asyncio.timeout(front.settings.after_deadline):
            while await front.newest(stream) < version:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
    except TimeoutError:
        raise NotReached from None


Reached = Depends(after)
"""For the `dependencies=[...]` of a read."""
