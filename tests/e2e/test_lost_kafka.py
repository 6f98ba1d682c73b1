"""Kafka loses everything; the stages fill it again, and the figures are the same (reliability R4, R13).

The installation shares its cluster with others, so a prefix stands before each of its topics.
"""

import asyncio
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from deploy.cli.republish import app as republish
from deploy.cli.verify import LISTENS
from deploy.cli.verify import STAGES as PUBLISHERS
from deploy.cli.verify import app as verify
from deploy.demo.live import Story, handed_over, ordinary, reopened, returned
from deploy.local import topics
from deploy.local.services import STAGES
from libs.events.clock import system_clock
from libs.events.stage import TOPIC_PREFIX
from services.metrics.folding import Log
from services.metrics.rebuild import Options, Outcome, rebuild
from tests.conftest import in_own_thread, temporary_database
from tests.e2e.installation import CAST, PLAN, Installation, installation
from tests.e2e.log import fetch
from tests.integration.kafka.traffic import OwnBroker, own_broker
from tests.waiting import until

PREFIX = "north-"
PLOTS = (ordinary, returned, reopened, handed_over)
CONSUMED = """
SELECT coalesce(sum(next_offset), 0)::int AS records FROM offsets WHERE topic = ANY($1::text[])
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    made = own_broker(tmp_path)
    made.start()
    yield made
    if made.child is not None:
        made.end(signal.SIGKILL)


@pytest.fixture
def city(broker: OwnBroker, postgres_dsn: str, tmp_path: Path) -> Iterator[Installation]:
    """Four services on a broker whose data will be deleted."""
    ours = tuple(replace(topic, name=f"{PREFIX}{topic.name}") for topic in topics.read())
    in_own_thread(lambda: topics.ensure(broker.bootstrap, ours))
    with ExitStack() as made:
        databases = {stage: made.enter_context(temporary_database(postgres_dsn)) for stage in STAGES}
        running = installation(tmp_path / "city", broker.bootstrap, databases, PREFIX)
        made.callback(running.stop)
        running.start()
        yield running


def run(command: Any, city: Installation, *options: str) -> Any:
    """A command of `bihuan` on this installation, in a thread without an event loop."""
    where = [item for stage, dsn in city.around.dsn.items() for item in ("--dsn", f"{stage}={dsn}")]
    answers: list[Any] = []
    line = [*where, "--bootstrap", city.around.bootstrap, "--prefix", PREFIX, *options]
    in_own_thread(lambda: answers.append(CliRunner().invoke(command, line)))
    return answers[0]


def rebuilt(city: Installation) -> Outcome:
    """Fold the whole log again and compare; live stays."""
    outcomes: list[Outcome] = []
    topics_with = {f"{PREFIX}{topic}": stream for topic, stream in TOPIC_PREFIX.items()}
    wish = Options(city.around.dsn["metrics"], Log(city.around.bootstrap, topics_with), verify=True)
    in_own_thread(lambda: outcomes.append(rebuild(wish)))
    return outcomes[0]


async def stored(city: Installation) -> dict[str, int]:
    """Events of each stage, by the topic they are published to."""
    count = "SELECT count(*) AS events FROM events"
    return {
        f"case.{stage}": (await fetch(city.around.dsn[stage], count))[0]["events"] for stage in PUBLISHERS
    }


def all_heard(city: Installation, events: dict[str, int]) -> Callable[[], Any]:
    """Whether every service has consumed as many records as its topics have events."""

    async def heard() -> bool:
        for service, topics_heard in LISTENS.items():
            ours = [f"{PREFIX}{topic}" for topic in topics_heard]
            [consumed] = await fetch(city.around.dsn[service], CONSUMED, ours)
            if consumed["records"] < sum(events[topic] for topic in topics_heard):
                return False
        return True

    return heard


async def quiet(city: Installation) -> int:
    """Wait until nothing new comes and everybody has heard everything; how many events there are."""
    count: dict[str, int] = {}
    while count != (count := await stored(city)):
        await until(all_heard(city, count), 30.0)
    return sum(count.values())


async def test_kafka_is_lost_and_filled_again(city: Installation, broker: OwnBroker, tmp_path: Path) -> None:
    async with city.client() as client:
        for plot in PLOTS:
            await plot(Story(client, CAST, PLAN.live, system_clock))
    events = await quiet(city)
    before = rebuilt(city)
    assert before.identical
    proof = run(verify, city, "--json")
    assert proof.exit_code == 0, proof.stdout
    assert all(part["proven"] for part in json.loads(proof.stdout)["parts"])
    refused = run(republish, city)
    assert "still hold" in str(refused.exception)

    await asyncio.to_thread(broker.end, signal.SIGKILL)
    shutil.rmtree(tmp_path / "kafka")
    await asyncio.to_thread(broker.start)
    done = run(republish, city)
    assert done.exit_code == 0, (done.stdout, done.exception)
    assert await quiet(city) == events
    after = rebuilt(city)
    assert (after.identical, after.digest, after.events) == (True, before.digest, before.events)
    proof = run(verify, city)
    assert proof.exit_code == 0, proof.stdout
    assert proof.stdout.count("proven") == 9

    async with city.client() as client:  # and life goes on
        await ordinary(Story(client, CAST, PLAN.live, system_clock))
    await quiet(city)
    await damage(city)
    differs = run(verify, city, "--stage", "metrics")
    assert differs.exit_code == 1
    assert "row_differs" in differs.stdout
    assert "holder" in differs.stdout


async def damage(city: Installation) -> None:
    """Somebody changes a row of the read model by hand."""
    connection = await asyncpg.connect(city.around.dsn["metrics"])
    await connection.execute(
        "UPDATE matters SET holder = 'nobody' WHERE ctid = (SELECT min(ctid) FROM matters)"
    )
    await connection.close()
