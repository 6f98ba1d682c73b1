"""One runtime for every service: data and pure functions in, a running process out (design 11.7)."""

import os

from fastapi import FastAPI

from libs.events.front import Front
from libs.events.machines import of_reader, of_stage
from libs.events.safeguards import refuse
from libs.events.service import build, read_only
from libs.events.serving import run
from libs.events.settings import Settings
from libs.events.stage import Reader, Stage

__all__ = ["Reader", "Settings", "Stage", "build", "read_only", "serve"]


def serve(service: Stage | Reader, settings: Settings | None = None) -> None:
    """Be this service until SIGTERM; `services/<name>/__main__.py` does nothing else."""
    refuse(os.environ)
    told = settings or Settings()
    if isinstance(service, Stage):
        app = build(service, told)
        run(app, lambda: of_stage(service, _front(app)), told, service.name)
    else:
        app = read_only(service, told)
        run(app, lambda: of_reader(service, _front(app)), told, service.name)


def _front(app: FastAPI) -> Front:
    front: Front = app.state.front
    return front
