"""Everything metrics is made of. It has no commands and no decider: it only reads."""

from functools import partial

from fastapi import APIRouter

from libs.events.stage import TOPIC_PREFIX, Reader
from services.metrics import reading
from services.metrics.pages import router as pages
from services.metrics.permissions import PERMISSIONS
from services.metrics.routes import router as questions
from services.metrics.settings import Settings

routes = APIRouter()
routes.include_router(questions)
routes.include_router(pages)


def reader(settings: Settings) -> Reader:
    """The service as the runtime takes it."""
    return Reader(
        name="metrics",
        routes=routes,
        permissions=PERMISSIONS,
        listens_to=frozenset(TOPIC_PREFIX),
        migrations="services.metrics.migrations",
        open_=partial(reading.over, open_pages=settings.open_pages),
    )
