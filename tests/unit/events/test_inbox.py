"""The inbox on the store in memory."""

import pytest

from libs.events.memory import MemoryStore
from libs.events.recording import Origin
from tests.conformance.inbox_suite import InboxSuite


class TestInboxInMemory(InboxSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore(Origin("/bihuan/test/mediation", "case.mediation"))
