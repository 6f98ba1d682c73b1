"""Who plays what where: the city, its recipe, the services, and a token per person."""

from dataclasses import dataclass

from deploy.cities.pack import Pack
from deploy.demo.client import Client, Stages
from deploy.demo.live import Cast, cast
from deploy.demo.recipe import Recipe
from libs.events.clock import Clock, new_id


@dataclass(frozen=True)
class Production:
    """What is played where: the city, its recipe, the services with a token per person.

    `clock` is what the services take for the time; in a drill it is not the time on the wall.
    """

    pack: Pack
    recipe: Recipe
    stages: Stages
    clock: Clock

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
