"""The published language: the facts of stages and reference data. Imports pydantic and nothing else."""

from libs.events.contracts import dispatch, intake, mediation, reference
from libs.events.contracts._event import Event, Value, registry

__all__ = ["Event", "Value", "dispatch", "intake", "mediation", "reference", "registry"]
