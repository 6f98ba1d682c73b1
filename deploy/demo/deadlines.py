"""Time in the demo: the on-time rates of its live cases, and one deadline as it can be read out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from deploy.demo.client import Client
from deploy.demo.figures import LIVE
from deploy.demo.live import DISPATCH, METRICS, Story
from deploy.demo.production import Production
from libs.events.labels import label

CODES = ("SIGN_ONTIME", "CLOSE_ONTIME")
CLOCK = "HANDLE"


@dataclass(frozen=True)
class Punctual:
    """What metrics says of time, and why one deadline falls where it falls."""

    figures: Sequence[dict[str, Any]]
    explained: dict[str, Any]


async def look(production: Production, story: Story) -> Punctual:
    """Ask metrics for the rates of the live cases, and dispatch for the explanation of one."""
    async with production.client() as client:
        asked = [await _figure(client, code, production.counter) for code in CODES]
        path = f"/v1/cases/{story.matter}/deadlines/{CLOCK}/explain"
        return Punctual(asked, await client.read(DISPATCH, path, production.reader))


async def _figure(client: Client, code: str, person: str) -> dict[str, Any]:
    figure: dict[str, Any] = await client.read(METRICS, f"/v1/indicators/{code}", person, source=LIVE)
    return figure


def show(console: Console, found: Punctual) -> None:
    """The rates with the versions behind them, then the deadline."""
    for figure in found.figures:
        pair = f"{figure['numerator']:,} / {figure['denominator']:,} {figure['unit']}"
        versions = ", ".join((*figure["policy_versions"], *figure["calendar_versions"]))
        line = f"{figure['label']}  {figure['display'] or label('page.none')}  {pair}  ({versions})"
        console.print(line, highlight=False, soft_wrap=True)
    it = found.explained
    console.print(f"{it['name']} {it['limit_label']} → {it['label']}", highlight=False, soft_wrap=True)
    for line in it["arithmetic"]:
        console.print(f"  {line}", highlight=False, soft_wrap=True)
    for day in it["steps"]:
        console.print(f"  {day['date']} {day['weekday']} {day['text']}", highlight=False, soft_wrap=True)
