"""A stage's way to Kafka: its relay over its producer. Nobody else may publish (reliability 1.3)."""

from libs.events.kafka import Producer
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.settings import Settings


def publisher(name: str, store: PostgresStore, settings: Settings) -> tuple[Producer, Relay]:
    """The producer, and the relay that feeds it and is woken by every commit of the store."""
    producer = Producer(settings.kafka_bootstrap, client_id=f"{name}-{settings.replica}")
    relay = Relay(store, producer.publish)
    store.on_commit = relay.wake
    return producer, relay
