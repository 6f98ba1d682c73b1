"""Published figures beside what the log gives. Every number here was asked of metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.cities.pack import Figure
from deploy.demo.client import Client
from deploy.demo.live import METRICS
from libs.events.labels import label

LIVE = "-"
"""Matters that came from no register."""


@dataclass(frozen=True)
class Rate:
    """An integer pair with its display, as metrics answered it."""

    numerator: int
    denominator: int
    display: str

    @property
    def cells(self) -> tuple[str, str]:
        return f"{self.numerator:,} / {self.denominator:,}", self.display


@dataclass(frozen=True)
class Line:
    """One published figure, what the imported register gives, and the register with the live cases."""

    figure: Figure
    imported: Rate
    together: Rate

    @property
    def reproduced(self) -> bool:
        return self.imported.display == self.figure.display


async def lines(client: Client, figures: Sequence[Figure], person: str) -> list[Line]:
    """Each figure of the city pack, counted now."""
    return [
        Line(
            figure,
            await _rate(client, figure, person, source=figure.source),
            await _rate(client, figure, person, source=(figure.source, LIVE)),
        )
        for figure in figures
    ]


async def _rate(client: Client, figure: Figure, person: str, source: str | tuple[str, ...]) -> Rate:
    path = f"/v1/indicators/{figure.indicator}"
    asked: dict[str, Any] = {"channel": figure.channel, "decimals": figure.decimals, **_period(figure)}
    answer = await client.read(METRICS, path, person, **asked, source=source)
    return Rate(answer["numerator"], answer["denominator"], answer["display"])


def _period(figure: Figure) -> dict[str, object]:
    return {"from": figure.since, "to": figure.until}


def show(console: Console, found: Sequence[Line]) -> None:
    """The table, and below it how each figure was read where the article leaves room."""
    if not found:
        console.print("The article prints no rate with its numbers: nothing to reproduce, live cases only.")
        return
    table = Table(box=None)
    for heading in ("indicator", "published", "imported register", "", "same", "register + live cases", ""):
        table.add_column(heading, no_wrap=True)
    for line in found:
        same = "yes" if line.reproduced else "NO"
        published = line.figure.display
        table.add_row(_name(line.figure), published, *line.imported.cells, same, *line.together.cells)
    console.print(table)
    for line in found:
        console.print(f"  {line.figure.requirement}  {line.figure.quote}", highlight=False, soft_wrap=True)
        if line.figure.reading:
            console.print(f"       {line.figure.reading}", highlight=False, soft_wrap=True)


def _name(figure: Figure) -> str:
    parts = [label(figure.indicator)]
    if figure.channel:
        parts.append(label(f"channel.{figure.channel}"))
    if figure.since:
        parts.append(f"{figure.since:%Y}")
    return " ".join(parts)
