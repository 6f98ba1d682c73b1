"""Records put on topics behind the services' backs."""

from aiokafka import AIOKafkaProducer

from tests.chaos.evidence import Place

Raw = tuple[str, bytes | None, bytes]
"""Topic, key, value."""


async def publish(bootstrap: str, records: list[Raw]) -> list[tuple[Place, int]]:
    """One after the other; where each of them is."""
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=8 * 1024 * 1024
    ) as producer:
        sent = [await producer.send_and_wait(topic, value, key=key) for topic, key, value in records]
    return [((one.topic, one.partition), one.offset) for one in sent]
