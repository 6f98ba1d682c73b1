"""What moves in a stage, and what moves in a read-only service. Made inside the running event loop."""

from libs.events.consuming import consumer
from libs.events.front import Front
from libs.events.lifecycle import Machinery
from libs.events.postgres import PostgresStore
from libs.events.publishing import publisher
from libs.events.reactions import Reactions
from libs.events.recording import Origin
from libs.events.stage import Reader, Stage


def of_stage(stage: Stage, front: Front) -> Machinery:
    """Requests write; the relay publishes; the consumer reacts to the other stages."""
    settings, desk = front.settings, front.desk
    dead_letters = settings.topic("case.dead-letter")
    origin = Origin(settings.source(stage.name), settings.topic(stage.topic), dead_letters)
    store = PostgresStore(settings.postgres_dsn, origin, clock=front.clock)
    effects = Reactions(stage.decider, stage.listens_to, rejected=front.meters.rejected)
    producer, relay = publisher(stage.name, store, settings)

    def opened() -> None:
        if desk is not None:
            desk.opened = store

    loop = consumer(stage.name, store, effects, stage.listens_to, settings)
    return Machinery(settings, store, loop, opened, producer=producer, relay=relay)


def of_reader(reader: Reader, front: Front) -> Machinery:
    """The consumer folds; requests read."""
    settings = front.settings
    store = PostgresStore(settings.postgres_dsn, None, clock=front.clock)
    reading = reader.open_(store)

    def opened() -> None:
        front.reading, front.newest = reading, reading.newest

    loop = consumer(reader.name, store, reading.effects, reader.listens_to, settings)
    return Machinery(settings, store, loop, opened, migrations=reader.migrations)
