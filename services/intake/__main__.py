"""The process of intake: `python -m services.intake`."""

from libs.events.runtime import serve
from services.intake.app import stage

serve(stage)
