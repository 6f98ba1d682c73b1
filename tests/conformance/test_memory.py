import pytest

from libs.events.memory import MemoryStore
from libs.events.recording import Origin
from tests.conformance.store_suite import StoreSuite


class TestMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore(Origin("/bihuan/test/mediation", "case.mediation"))
