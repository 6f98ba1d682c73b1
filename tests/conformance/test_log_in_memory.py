from collections.abc import Sequence

import pytest

from libs.events.kafka.group import Receiver
from libs.events.store import OutboxRecord
from tests.conformance.log_suite import LogSuite
from tests.simulation.chance import Chance
from tests.simulation.log import FakeLog, FakeLoop


class Simulated:
    """The simulation's log without troubles."""

    topic = "case.sample"

    def __init__(self) -> None:
        self._chance = Chance(1)
        self._chance.calm()
        self._log = FakeLog(self._chance, partitions=4)

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        await self._log.publish(records)

    def loop(self, receiver: Receiver) -> FakeLoop:
        return FakeLoop(self._log, self._log.group("sample", [self.topic]), receiver, self._chance)


class TestSimulatedLog(LogSuite):
    @pytest.fixture
    def log(self) -> Simulated:
        return Simulated()
