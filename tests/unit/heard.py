"""An event as a policy hears it."""

from libs.events.contracts import Event
from libs.events.envelope import Actor, Cause, Envelope
from tests.scenarios import MATTER, TUESDAY


def heard(fact: Event, *, prefix: str = "case", version: int = 7) -> Envelope:
    """The fact in its envelope, as another stage published it about the matter of the scenarios."""
    actor = Actor(user="somebody", org="somewhere", role="DSP")
    cause = Cause(actor=actor, at=TUESDAY, command_id=MATTER, correlation_id=MATTER)
    return Envelope(
        source="/bihuan/test/stage",
        stream=f"{prefix}-{MATTER}",
        version=version,
        data=fact,
        cause=cause,
        recorded_at=TUESDAY,
    )
