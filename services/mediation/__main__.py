"""The process of mediation: `python -m services.mediation`."""

from libs.events.runtime import serve
from services.mediation.app import stage

serve(stage)
