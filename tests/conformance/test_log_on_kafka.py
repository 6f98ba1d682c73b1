from collections.abc import AsyncIterator, Sequence

import pytest

from libs.events.kafka import ConsumerLoop, Producer
from libs.events.kafka.group import Receiver
from libs.events.store import OutboxRecord
from tests.conformance.log_suite import LogSuite
from tests.conftest import TopicFactory
from tests.integration.kafka.traffic import group


class Real:
    """A topic on a real broker, with the product's own producer and consumer loop."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.topic = topic
        self.producer = Producer(bootstrap)
        self._group = group(bootstrap, topic)

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        await self.producer.publish(records)

    def loop(self, receiver: Receiver) -> ConsumerLoop:
        return ConsumerLoop(self._group, receiver)


class TestKafka(LogSuite):
    @pytest.fixture
    async def log(self, kafka_bootstrap: str, topics: TopicFactory) -> AsyncIterator[Real]:
        real = Real(kafka_bootstrap, topics("sample", 4))
        yield real
        await real.producer.stop()
