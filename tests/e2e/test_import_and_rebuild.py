"""A register comes in by the command line's own way, its figures come out, and the log gives them again."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from rich.console import Console

from deploy.cli.rebuild import run as rebuild
from deploy.demo import catching_up, loading
from deploy.demo.client import Client
from deploy.demo.live import METRICS
from deploy.demo.loading import Loaded, Registered
from deploy.demo.recipe import Recipe
from deploy.register.run import Job, Tally, run_alone
from services.metrics.folding import Log
from services.metrics.rebuild import Options, Outcome
from tests.conftest import in_own_thread
from tests.e2e.installation import CAST, CITY, PLAN, Installation

COUNTER = CITY.person("MTR").user
TOTAL, COMPLETED = 120, 90


@dataclass(frozen=True)
class Expected:
    """A figure of the small registers: two parts of cases (one of them the hotline), one of disputes."""

    indicator: str
    source: str
    channel: str | None
    pair: tuple[int, int]


FIGURES = (
    Expected("CLOSE_RATE", "dwk-cases", None, (2 * COMPLETED, 2 * TOTAL)),
    Expected("CLOSE_RATE", "dwk-cases", "03", (COMPLETED, TOTAL)),
    Expected("RESOLVE_RATE", "dwk-disputes", None, (COMPLETED, TOTAL)),
)


@pytest.fixture(scope="module")
def loaded(city: Installation, tmp_path_factory: pytest.TempPathFactory) -> list[Loaded]:
    """Both registers of the city pack, a few hundred rows each, imported into the running services."""
    folder = tmp_path_factory.mktemp("registers")
    return [bring_in(city, register) for register in loading.generate(CITY, small(PLAN), folder)]


def small(plan: Recipe) -> Recipe:
    registers = []
    for register in plan.registers:
        size = {"total": TOTAL, "completed": COMPLETED}
        parts = tuple(part.model_copy(update=size) for part in register.parts)
        registers.append(register.model_copy(update={"parts": parts}))
    return plan.model_copy(update={"registers": tuple(registers)})


def bring_in(city: Installation, register: Registered) -> Loaded:
    url = city.url[catching_up.STAGES[register.mapping.kind]]
    return loading.bring_in(register, url, city.token(CITY.person("ADM").user), importing)


def importing(job: Job) -> Tally:
    found: list[Tally] = []
    in_own_thread(lambda: found.append(asyncio.run(run_alone(job, lambda _tally, _about: None))))
    return found[0]


async def caught_up(client: Client, loaded: list[Loaded]) -> None:
    for one in loaded:
        mapping = one.register.mapping
        matters = catching_up.last_matters(one.tally, mapping.source_system)
        await catching_up.imported(client, mapping.kind, matters, CAST.dispatcher)


async def test_the_imported_register_gives_its_counts_and_nothing_else(
    city: Installation, loaded: list[Loaded]
) -> None:
    assert [(one.tally.imported, one.tally.rejected) for one in loaded] == [(2 * TOTAL, 0), (TOTAL, 0)]
    async with city.client() as client:
        await caught_up(client, loaded)
        for figure in FIGURES:
            path = f"/v1/indicators/{figure.indicator}"
            answer = await client.read(METRICS, path, COUNTER, source=figure.source, channel=figure.channel)
            assert (answer["numerator"], answer["denominator"]) == figure.pair


async def test_a_second_import_changes_no_figure(city: Installation, loaded: list[Loaded]) -> None:
    again = [await asyncio.to_thread(bring_in, city, one.register) for one in loaded]
    assert [(one.tally.imported, one.tally.already) for one in again] == [(0, 2 * TOTAL), (0, TOTAL)]
    async with city.client() as client:
        answer = await client.read(METRICS, "/v1/indicators/CLOSE_RATE", COUNTER, source="dwk-cases")
    assert answer["denominator"] == 2 * TOTAL


async def test_an_imported_matter_shows_its_own_times_and_where_it_came_from(
    city: Installation, loaded: list[Loaded]
) -> None:
    async with city.client() as client:
        await caught_up(client, loaded)
        page = await client.read(METRICS, "/v1/matters", CAST.dispatcher, source="dwk-cases", limit=1)
        matter = page["items"][0]
        path = f"/v1/matters/{matter['matter']}/timeline"
        events: list[dict[str, Any]] = (await client.read(METRICS, path, CAST.dispatcher))["items"]
    assert (matter["source_system"], matter["case_no"]) == ("dwk-cases", matter["external_no"])
    assert all(event["occurred_at"] < "2020-07" < event["recorded_at"] for event in events)


async def test_the_log_gives_the_same_rows_again(city: Installation, loaded: list[Loaded]) -> None:
    async with city.client() as client:
        await caught_up(client, loaded)
        before = await figures(client)
        verified = await asyncio.to_thread(fold_again, city, verify=True)
        outcome = await asyncio.to_thread(fold_again, city)
        after = await figures(client)
    assert verified.identical
    assert not verified.swapped
    assert outcome.identical
    assert outcome.swapped
    assert outcome.events > 5 * TOTAL
    assert after == before


async def figures(client: Client) -> list[tuple[int, int]]:
    found = []
    for figure in FIGURES:
        answer = await client.read(METRICS, f"/v1/indicators/{figure.indicator}", COUNTER)
        found.append((answer["numerator"], answer["denominator"]))
    return found


def fold_again(city: Installation, *, verify: bool = False) -> Outcome:
    options = Options(city.around.dsn[METRICS], Log(city.around.bootstrap), verify=verify)
    return rebuild(options, Console(quiet=True))
