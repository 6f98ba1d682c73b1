"""The process of dispatch: `python -m services.dispatch`."""

from libs.events.runtime import serve
from services.dispatch.app import stage

serve(stage)
