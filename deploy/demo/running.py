"""The demo from a running stack to its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.cities.pack import Pack
from deploy.demo import catching_up, figures
from deploy.demo.client import Client, Stages
from deploy.demo.figures import Line
from deploy.demo.live import Cast, Story, cast, positions
from deploy.demo.loading import Loaded, Registered
from deploy.demo.playing import Stage, play
from deploy.demo.recipe import Recipe
from libs.events.clock import new_id, system_clock


@dataclass(frozen=True)
class Production:
    """What is played where: the city, its recipe, the services with a token per person."""

    pack: Pack
    recipe: Recipe
    stages: Stages

    @property
    def cast(self) -> Cast:
        return cast(self.pack, self.recipe.live)

    @property
    def reader(self) -> str:
        """Who waits and looks: a dispatcher sees the whole district."""
        return self.cast.dispatcher

    @property
    def counter(self) -> str:
        """Who asks for the indicators."""
        return self.pack.person("MTR").user

    def client(self) -> Client:
        return Client(self.stages, f"demo/{new_id()}")


def people(pack: Pack, recipe: Recipe) -> list[str]:
    """Everybody who needs a token."""
    return sorted({*cast(pack, recipe.live).people, pack.person("MTR").user, pack.person("ADM").user})


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
        stage = Stage(client, production.cast, production.recipe.live, system_clock)
        stories = await play(stage)
        await catching_up.applied(client, positions(stories), production.reader)
        return stories


async def count(production: Production) -> list[Line]:
    """The published figures, counted now."""
    async with production.client() as client:
        return await figures.lines(client, production.pack.figures, production.counter)
