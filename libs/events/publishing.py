"""A stage's way to Kafka: its relay over its producer. Nobody else may publish (reliability 1.3)."""

from libs.events.kafka import Producer
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.settings import Settings
from libs.events.stage import REFERENCE_PREFIX, REFERENCE_TOPIC, Stage


def publisher(name: str, store: PostgresStore, settings: Settings) -> tuple[Producer, Relay]:
    """The producer, and the relay that feeds it and is woken by every commit of the store."""
    producer = Producer(settings.kafka_bootstrap, client_id=f"{name}-{settings.replica}")
    relay = Relay(store, producer.publish)
    store.on_commit = relay.wake
    return producer, relay


def origin(stage: Stage, settings: Settings) -> Origin:
    """Where the stage's facts come from, and the topics they go to."""
    return Origin(
        settings.source(stage.name),
        settings.topic(stage.topic),
        settings.topic("case.dead-letter"),
        (f"{REFERENCE_PREFIX}-", settings.topic(REFERENCE_TOPIC)),
    )
