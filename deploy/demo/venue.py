"""The local stack as the demo's stage: opened, with a token for everybody who plays, and closed again."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.cities.pack import Pack
from deploy.cli.token import Wanted, make
from deploy.demo.client import Stages
from deploy.demo.production import Production, people
from deploy.demo.recipe import Recipe
from deploy.local import addresses, drill, foreground, stack
from deploy.local.paths import Paths
from deploy.local.state import State

Say = Callable[[str], None]


@dataclass(frozen=True)
class Venue:
    """One stack's folders. `ran_before`: it was up already, so the demo does not take it down."""

    where: Paths
    say: Say
    ran_before: bool

    def open(self, pack: Pack, recipe: Recipe) -> Production:
        """Everything up and ready, and a token per person. Raises `Problem`."""
        stack.up(self.where, stack.Wish(), self.say)
        known, city = addresses.of_running(self.where), pack.folder.name
        tokens = {user: make(Wanted(city, user, role=None)) for user in people(pack, recipe)}
        return Production(pack, recipe, Stages(known.url, tokens), drill.clock(self.where))

    def tell(self) -> None:
        """Where everything answers; metrics has pages for people."""
        known = addresses.of_running(self.where).url
        for name, url in known.items():
            self.say(f"  {name:10} {url}")
        self.say(f"Figures, matters and timelines: {known['metrics']}/")

    def stay(self) -> None:
        """Keep everything up until Ctrl-C, or until another command takes it down."""
        if not self.ran_before:
            foreground.run(self.where, stack.Wish(), self.say, lambda: None)

    def close(self) -> None:
        """Stop everything, unless it ran before."""
        if not self.ran_before:
            stack.down(self.where, self.say)


def venue(where: Paths, say: Say) -> Venue:
    """The stack in `where`, up or not."""
    ran = State(where.state).living("kafka") is not None if where.home.exists() else False
    return Venue(where, say, ran)
