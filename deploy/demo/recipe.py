"""demo.yaml: how the register of a city is to be generated."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from deploy.cities.pack import Pack, shared


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Part):
    """A slice of the register with published counts: so many matters, so many of them completed."""

    total: int
    completed: int
    channels: dict[str, int]
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class Register(_Part):
    """One register: its published counts, and the weights of everything that is invented.

    `completed` and `open` give the lives (deploy/demo/lives.py) of the matters that the published
    numerator counts, and of the rest. `seasons` are the months of a category. `minutes` are working
    minutes since the step before.
    """

    name: str
    mapping: str = Field(alias="map")
    prefix: str
    parts: tuple[Part, ...]
    weights: dict[str, int]
    seasons: dict[str, tuple[int, ...]] = {}
    units: dict[str, list[str]] = {}
    committees: dict[str, str] = {}
    completed: dict[str, int]
    open: dict[str, int]
    minutes: dict[str, tuple[int, int]]
    texts: dict[str, list[str]]


class Texts(_Part):
    """What the people of the live cases write."""

    subject: str
    description: str
    place: str
    requirement: str
    basis: str
    measures: str
    reply: str
    closing: str
    reopening: str
    hand_over: str
    record: str
    agreement: str
    settled: str


class Live(_Part):
    """The cases that the demo drives through the HTTP interface, with a token per role."""

    count: int
    community: str
    grid: str
    category: str
    unit: str
    other_unit: str
    texts: Texts


class Recipe(_Part):
    """Everything the demo generates for one city."""

    seed: int
    registers: tuple[Register, ...]
    live: Live


def recipe(pack: Pack) -> Recipe:
    """The recipe in the city pack, with the texts that all cities share."""
    document: Any = pack.document("demo.yaml")
    live = {**shared("texts"), **document["live"]}
    return Recipe.model_validate({**document, "live": live})
