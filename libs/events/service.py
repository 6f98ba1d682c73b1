"""From a description to an application: `build` for a stage, `read_only` for metrics."""

from collections.abc import Iterable

from fastapi import FastAPI

from libs.events.application import Given, adopt, application, check_permissions, commands
from libs.events.clock import Clock, business_clock
from libs.events.desk import Desk, Library
from libs.events.reads import reads
from libs.events.sealing import Sealer, deployment_key
from libs.events.settings import Settings
from libs.events.stage import TOPIC_PREFIX, NotOpen, Reader, Reading, Stage
from libs.events.store import EventStore


def build(
    stage: Stage,
    settings: Settings,
    *,
    store: EventStore | None = None,
    clock: Clock | None = None,
    library: Library | None = None,
) -> FastAPI:
    """The stage's application. With a `store` it is complete in process: no servers, no background tasks.

    `clock`: instead of the one that the settings name. `library`: the reference data it begins with.
    """
    known = library if library is not None else Library()
    sealer = Sealer(stage.name, deployment_key(settings.sealing_key_file))
    desk = Desk(stage, sealer, commands(stage.routes), store, known)
    prefixes = _prefixes(stage.listens_to) | {stage.prefix}
    at = clock or business_clock(settings.clock)
    given = Given(stage.name, settings, at, stage.permitted(), prefixes)
    app = application(given, desk.newest, desk=desk, library=known)
    adopt(app, f"/v1/{stage.noun}", stage.routes)
    adopt(app, f"/v1/{stage.noun}", reads(stage))
    check_permissions(app, stage.permitted())
    return app


def read_only(
    reader: Reader, settings: Settings, reading: Reading | None = None, *, clock: Clock | None = None
) -> FastAPI:
    """The reader's application over its read model, which its routes find in `app.state.front.reading`.

    Without one it answers Unavailable until the process has opened its database.
    """
    reading = reading or NotOpen()
    at = clock or business_clock(settings.clock)
    given = Given(reader.name, settings, at, reader.permissions, _prefixes(reader.listens_to))
    app = application(given, reading.newest, reading=reading)
    adopt(app, "", reader.routes)
    check_permissions(app, reader.permissions)
    return app


def _prefixes(topics: Iterable[str]) -> frozenset[str]:
    return frozenset(TOPIC_PREFIX[topic] for topic in topics)
