"""Generates the city's registers and brings them in by the same way a real one takes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from deploy.cities.chance import Chance
from deploy.cities.pack import Pack
from deploy.demo.generate import rows
from deploy.demo.recipe import Recipe
from deploy.demo.writing import write
from deploy.register.mapping import RegisterMap, load
from deploy.register.run import Job, Tally
from libs.events.clock import system_clock


@dataclass(frozen=True)
class Registered:
    """A register as a file, with the mapping that reads it."""

    file: Path
    mapping: RegisterMap
    rows: int


@dataclass(frozen=True)
class Loaded:
    """A register that was imported, and the seconds it took."""

    register: Registered
    tally: Tally
    seconds: float


def generate(pack: Pack, plan: Recipe, folder: Path) -> list[Registered]:
    """One CSV file per register; the same seed writes the same bytes."""
    chance, made = Chance(plan.seed), []
    for register in plan.registers:
        mapping = load(pack.folder / register.mapping)
        drawn = rows(pack.city, register, mapping.kind, chance)
        file = folder / f"{pack.folder.name}-{register.name}.csv"
        write(file, mapping, drawn)
        made.append(Registered(file, mapping, len(drawn)))
    return made


def bring_in(register: Registered, url: str, token: str, importing: Callable[[Job], Tally]) -> Loaded:
    """The import that `bihuan import register` runs, timed."""
    began = monotonic()
    job = Job(
        file=register.file,
        mapping=register.mapping,
        url=url,
        token=token,
        report=register.file.with_suffix(".report.csv"),
        now=system_clock(),
    )
    return Loaded(register, importing(job), monotonic() - began)
