import pytest

from libs.events.memory import MemoryStore
from tests.conformance.clock_suite import ClockSuite
from tests.conformance.samples import ORIGIN
from tests.conformance.store_suite import StoreSuite


class TestMemory(StoreSuite, ClockSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore(ORIGIN)
