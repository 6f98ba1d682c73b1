"""The demo told line by line: what is done, how long it took, what came out."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from rich.console import Console

from deploy.cli.intake import Source
from deploy.demo import deadlines, figures, loading, ruling, running
from deploy.demo.figures import Line
from deploy.demo.live import Story
from deploy.demo.loading import Loaded, Registered
from deploy.demo.production import Production
from deploy.demo.ruling import Rules
from deploy.register.run import Job, Tally

Importing = Callable[[Job], Tally]


@dataclass(frozen=True)
class Premiere:
    """One performance. `importing` runs an import and shows its progress."""

    production: Production
    console: Console
    importing: Importing

    def load(self, registers: Sequence[Registered]) -> list[Loaded]:
        """Import every register, and wait until metrics has seen all of it."""
        loaded = [self._bring_in(register) for register in registers]
        began = monotonic()
        asyncio.run(running.catch_up(self.production, loaded))
        self.say(f"metrics has applied everything ({monotonic() - began:.1f} s later)")
        return loaded

    def _bring_in(self, register: Registered) -> Loaded:
        stages = self.production.stages
        url = stages.url[running.stage_of(register)]
        token = stages.tokens[self.production.pack.person("ADM").user]
        one = loading.bring_in(register, url, token, self.importing)
        tally, rate = one.tally, one.tally.rows / max(one.seconds, 0.001)
        self.say(
            f"{register.file.name}: {tally.rows:,} rows, {tally.imported:,} imported, "
            f"{tally.already:,} already there, {tally.rejected:,} rejected, "
            f"{one.seconds:.1f} s, {rate:,.0f} rows/s"
        )
        return one

    def rule(self) -> Rules:
        """Publish what the city is: its organisations, people, limits and calendar."""
        rules = ruling.publish(self.production, Source())
        self.say(rules.told())
        return rules

    def play(self, rules: Rules) -> Sequence[Story]:
        """The live cases through the HTTP interfaces, once every service knows the rules."""
        began = monotonic()
        asyncio.run(ruling.heard(self.production, rules))
        stories = asyncio.run(running.drive(self.production))
        self.say(
            f"{len(stories)} live cases over HTTP, one returned, one reopened, one handed to mediation: "
            f"{monotonic() - began:.1f} s"
        )
        return stories

    def count(self, stories: Sequence[Story]) -> list[Line]:
        """The figures, printed; they come from the interface of metrics and from nowhere else."""
        found = asyncio.run(running.count(self.production))
        figures.show(self.console, found)
        deadlines.show(self.console, asyncio.run(deadlines.look(self.production, stories[-1])))
        return found

    def say(self, line: str) -> None:
        self.console.print(line, highlight=False, soft_wrap=True)
