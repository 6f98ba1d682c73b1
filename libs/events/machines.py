"""What moves in a stage, and what moves in a read-only service. Made inside the running event loop."""

from libs.events.consuming import consumer
from libs.events.front import Front
from libs.events.lifecycle import Machinery
from libs.events.postgres import PostgresStore
from libs.events.publishing import origin, publisher
from libs.events.reactions import Reactions
from libs.events.stage import Reader, Stage
from libs.events.timekeeping import beside_a_reader, beside_a_stage


def of_stage(stage: Stage, front: Front) -> Machinery:
    """Requests write, the relay publishes, the consumer reacts to the other stages, the timers to time."""
    settings, desk = front.settings, front.desk
    store = PostgresStore(settings.postgres_dsn, origin(stage, settings), clock=front.clock)
    editions, beside = beside_a_stage(stage, front, store)
    effects = Reactions(stage.decider, stage.listens_to, rejected=front.meters.rejected, editions=editions)
    producer, relay = publisher(stage.name, store, settings)

    def opened() -> None:
        if desk is not None:
            desk.opened = store

    loop = consumer(stage.name, store, effects, stage.listens_to, settings)
    return Machinery(settings, store, loop, opened, producer=producer, relay=relay, beside=beside)


def of_reader(reader: Reader, front: Front) -> Machinery:
    """The consumer folds; requests read."""
    settings = front.settings
    store = PostgresStore(settings.postgres_dsn, None, clock=front.clock)
    reading = reader.open_(store)

    def opened() -> None:
        front.reading, front.newest = reading, reading.newest

    loop = consumer(reader.name, store, reading.effects, reader.listens_to, settings)
    beside = beside_a_reader(front)
    return Machinery(settings, store, loop, opened, migrations=reader.migrations, beside=beside)
