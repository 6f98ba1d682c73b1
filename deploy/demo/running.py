"""The demo from a running stack to its figures."""

from collections.abc import Sequence

from deploy.demo import catching_up, figures
from deploy.demo.figures import Line
from deploy.demo.live import Story, positions
from deploy.demo.loading import Loaded, Registered
from deploy.demo.playing import Stage, play
from deploy.demo.production import Production


def stage_of(register: Registered) -> str:
    """The service that takes the register's rows."""
    return catching_up.STAGES[register.mapping.kind]


async def catch_up(production: Production, loaded: Sequence[Loaded]) -> None:
    """Returns when metrics has applied the whole import."""
    async with production.client() as client:
        for one in loaded:
            mapping = one.register.mapping
            matters = catching_up.last_matters(one.tally, mapping.source_system)
            await catching_up.imported(client, mapping.kind, matters, production.reader)


async def drive(production: Production) -> list[Story]:
    """The live cases, to the point where metrics shows their end."""
    async with production.client() as client:
        stage = Stage(client, production.cast, production.recipe.live, production.clock)
        stories = await play(stage)
        await catching_up.applied(client, positions(stories), production.reader)
        return stories


async def count(production: Production) -> list[Line]:
    """The published figures, counted now."""
    async with production.client() as client:
        return await figures.lines(client, production.pack.figures, production.counter)
