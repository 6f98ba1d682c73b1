"""The process of metrics: `python -m services.metrics`."""

from libs.events.runtime import serve
from services.metrics.app import reader
from services.metrics.settings import Settings

settings = Settings()
serve(reader(settings), settings)
