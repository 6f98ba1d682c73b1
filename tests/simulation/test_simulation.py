"""Two hundred of the runs that `make chaos-seeds` has thousands of; one integer is one run."""

from collections import Counter

import pytest

from tests.simulation.rules import broken
from tests.simulation.world import STAGES, World, simulate

BATCH = 10
FOUND: tuple[int, ...] = (36, 2, 235, 2471)
"""Seeds that once broke a rule. 36: the simulated group kept a member that was gone (its own fault);
2: a killed member lived on, because asyncio.wait_for swallowed its cancellation (its own fault);
235: a record was parked behind one that an operator gave up in the same moment, and nobody freed it;
2471: the replay of what a discard had freed was overtaken, counted as failed, and was not asked for again."""


@pytest.mark.parametrize("first", range(0, 200, BATCH))
def test_no_seed_breaks_a_promise(first: int) -> None:
    found = {seed: findings for seed in range(first, first + BATCH) if (findings := broken(simulate(seed)))}
    assert not found, f"reproduce with simulate({min(found)}): {found}"


@pytest.mark.parametrize("seed", FOUND)
def test_a_seed_that_broke_a_promise_once_keeps_it(seed: int) -> None:
    assert broken(simulate(seed)) == []


def test_one_integer_reproduces_a_run() -> None:
    first, again = simulate(7), simulate(7)
    assert outcome(first) == outcome(again)
    assert outcome(first) != outcome(simulate(8))


def outcome(world: World) -> list[object]:
    """Every record on the log and every row of metrics, with the order in which they came to be."""
    records = [
        (record.offset, record.value) for stage in STAGES.values() for record in world.log.all(stage.topic)
    ]
    return [*records, *world.figures.rows.values(), *(attempt.answers for attempt in world.journal)]


def test_the_runs_have_every_trouble_in_them() -> None:
    """A simulation in which nothing goes wrong proves nothing."""
    worlds = [simulate(seed) for seed in range(300, 330)]
    attempts = [attempt for world in worlds for attempt in world.journal]
    assert sum(len(attempt.answers) > 1 for attempt in attempts) > 5
    assert sum(attempt.refused for attempt in attempts) > 5
    assert sum(len(service.gone) for world in worlds for service in world.services.values()) > 5
    assert max(service.group.generation for world in worlds for service in world.services.values()) > 3
    doubled = 0
    for world in worlds:
        for stage in STAGES.values():
            values = [record.value for record in world.log.all(stage.topic)]
            doubled += len(values) - len(set(values))
    assert doubled > 10
    assert any(world.noise for world in worlds)
    assert any(matter in world.matters for world in worlds for matter in world.noise)
    services = [service for world in worlds for service in world.services.values()]
    assert sum(service.repaired for service in services) > 10
    decided = Counter(row.state for service in services for row in service.store.set_aside())
    assert min(decided["REPLAYED"], decided["DISCARDED"]) > 10
    assert {"report", "case", "dispute"} == {attempt.stream.partition("-")[0] for attempt in attempts}
