"""Plays the live cases, a few at a time: one comes back, one is reopened, one becomes a dispute."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from deploy.demo.client import Client
from deploy.demo.live import SPECIAL, Cast, Story, ordinary
from deploy.demo.recipe import Live
from libs.events.clock import Clock

AT_ONCE = 6
Plot = Callable[[Story], Awaitable[None]]


@dataclass(frozen=True)
class Stage:
    """What every story needs."""

    client: Client
    cast: Cast
    live: Live
    clock: Clock


def plots(count: int) -> Sequence[Plot]:
    """The special ones first, then ordinary ones."""
    return (*SPECIAL, *([ordinary] * (count - len(SPECIAL))))


async def play(stage: Stage) -> list[Story]:
    """All live cases to their end. Raises RefusedError when a step is refused."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(plot: Plot) -> Story:
        async with seats:
            story = Story(stage.client, stage.cast, stage.live, stage.clock)
            await plot(story)
            return story

    async with asyncio.TaskGroup() as group:
        playing = [group.create_task(one(plot)) for plot in plots(stage.live.count)]
    return [task.result() for task in playing]
