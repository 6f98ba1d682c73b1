"""The published language: every fact of the three stages. Imports pydantic and nothing else."""

from libs.events.contracts import dispatch, intake, mediation
from libs.events.contracts._event import Event, Value, registry

__all__ = ["Event", "Value", "dispatch", "intake", "mediation", "registry"]
