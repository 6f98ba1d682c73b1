"""Every rule of mediation. The regions of a dispute move on their own; here they meet (design section 9)."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from libs.events.contracts import mediation as facts
from libs.events.decider import Decider
from libs.events.timing import Clocks, Subject, Timing, heard
from services.mediation import commands
from services.mediation.commands import Command
from services.mediation.decider import (
    clocks,
    closing,
    confirmation,
    escalation,
    lifecycle,
    opening,
    period,
    sessions,
)

Fact = lifecycle.Fact | confirmation.Fact | clocks.Fact
URGENCY = "1"
"""A dispute has a risk colour and no urgency: its limits are those of an ordinary matter."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as far as a decision reads it: one record per region, and its clocks by name."""

    lifecycle: lifecycle.Lifecycle
    holding: escalation.Holding
    confirmation: confirmation.Confirmation
    clocks: Clocks = field(default_factory=dict)


def decide(command: Command, dispute: Dispute) -> list[Fact]:
    """Which region decides which command."""
    match command:
        case commands.RegisterDispute() | commands.AcceptMediation() | commands.AppointMediators():
            return [*opening.decide(command, dispute.lifecycle)]
        case commands.HoldSession() | commands.ReachAgreement() | commands.EndUnsuccessful():
            return [*sessions.decide(command, dispute.lifecycle)]
        case commands.PauseMediation() | commands.ResumeMediation() | commands.ExtendPeriod():
            return [*period.decide(command, dispute.lifecycle, dispute.clocks.get("PERIOD"))]
        case commands.ApplyConfirmation() | commands.RecordConfirmation():
            clock = dispute.clocks.get("CONFIRMATION")
            return [*confirmation.decide(command, dispute.confirmation, dispute.lifecycle, clock)]
        case commands.CloseDispute():
            return [*closing.decide(command, dispute.lifecycle)]
        case commands.EscalateDispute():
            return [*escalation.decide(command, dispute.holding, dispute.lifecycle.status)]
        case _:
            assert_never(command)


def evolve(dispute: Dispute, fact: Fact) -> Dispute:
    """Which regions hear which fact; whichever it is, the clocks read what it says of them."""
    moved = _regions(dispute, fact)
    read = heard(moved.clocks, fact)
    return moved if read is moved.clocks else replace(moved, clocks=read)


def _regions(dispute: Dispute, fact: Fact) -> Dispute:
    match fact:
        case facts.DisputeRegistered():
            return Dispute(
                lifecycle=lifecycle.evolve(dispute.lifecycle, fact),
                holding=escalation.evolve(dispute.holding, fact),
                confirmation=confirmation.evolve(dispute.confirmation, fact),
            )
        case facts.DisputeEscalated():
            return replace(
                dispute,
                lifecycle=lifecycle.evolve(dispute.lifecycle, fact),
                holding=escalation.evolve(dispute.holding, fact),
            )
        case facts.AgreementReached():
            return replace(
                dispute,
                lifecycle=lifecycle.evolve(dispute.lifecycle, fact),
                confirmation=confirmation.evolve(dispute.confirmation, fact),
            )
        case facts.ConfirmationApplied() | facts.ConfirmationConcluded():
            return replace(dispute, confirmation=confirmation.evolve(dispute.confirmation, fact))
        case facts.SlaWarned() | facts.SlaBreached() | facts.DeadlineRecalculated():
            return dispute
        case _:
            return replace(dispute, lifecycle=lifecycle.evolve(dispute.lifecycle, fact))


def view(dispute: Dispute) -> dict[str, str | int | None]:
    """The regions of a dispute as every answer shows them; `cycle` counts how often it was closed."""
    present = dispute.lifecycle
    return {
        "lifecycle": present.status,
        "confirmation": dispute.confirmation.status,
        "level": dispute.holding.level,
        "org": dispute.holding.org or None,
        "risk": dispute.holding.risk,
        "outcome": present.outcome,
        "session_no": present.session_no,
        "hand_over_no": present.hand_over_no,
        "cycle": present.cycle,
    }


def allowed(dispute: Dispute) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    highest = dispute.holding.level == escalation.LADDER[-1]
    possible = (
        *lifecycle.POSSIBLE[dispute.lifecycle.status],
        *confirmation.possible(dispute.confirmation, dispute.lifecycle),
    )
    return sorted(name for name in possible if not (highest and name == "escalate-dispute"))


def subject(dispute: Dispute) -> Subject:
    """What the limits of a dispute depend on; office hours are those of whoever holds it."""
    present = dispute.lifecycle
    return Subject(present.category, URGENCY, dispute.holding.org or None, present.edition)


timing = Timing(
    clocks=lambda dispute: dispute.clocks,
    moves=clocks.MOVES,
    subject=subject,
    warned=facts.SlaWarned,
    breached=facts.SlaBreached,
    recalculated=facts.DeadlineRecalculated,
    pins=clocks.PINS,
)
mediation = Decider(
    decide=decide,
    evolve=evolve,
    initial=Dispute(lifecycle.Lifecycle(), escalation.Holding(), confirmation.Confirmation()),
    timing=timing,
)
