"""The three HTTP servers that C1 and C2 compare: `python -m bench.endpoint command|echo|insert`.

The command is intake's own application over its own store, every safeguard on; what it leaves out is relay
and consumer, which O2 measures. The other two are FastAPI as its documentation writes it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from bench.bare import echo, insert
from libs.events import logs, serving
from libs.events.front import Front
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.runtime import Settings, build
from services.intake.app import stage


def command(settings: Settings) -> FastAPI:
    """Intake, complete."""
    app = build(stage, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        front: Front = app.state.front
        store = PostgresStore(
            settings.postgres_dsn, Origin(settings.source("intake"), settings.topic(stage.topic))
        )
        if front.desk is not None:
            front.desk.opened = store
        yield
        await store.close()

    app.router.lifespan_context = lifespan
    return app


APPLICATIONS = {"command": command, "echo": echo, "insert": insert}


def main(name: str) -> None:
    """Serve until SIGTERM, with the runtime's own server settings."""
    settings = Settings()
    logs.configure(name, "WARNING")
    app = APPLICATIONS[name](settings)
    config = serving.config(app, settings)
    if name != "command":
        config.http = "httptools"
    serving.settle()
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1])
