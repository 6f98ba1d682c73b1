"""Every rule of mediation. The regions of a dispute move on their own; here they meet (design section 9)."""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts import mediation as facts
from libs.events.decider import Decider
from services.mediation import commands
from services.mediation.commands import Command
from services.mediation.decider import closing, escalation, lifecycle, sessions

Fact = lifecycle.Fact


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as far as a decision reads it: one record per region."""

    lifecycle: lifecycle.Lifecycle
    holding: escalation.Holding


def decide(command: Command, dispute: Dispute) -> list[Fact]:
    """Which region decides which command."""
    match command:
        case commands.RegisterDispute() | commands.AcceptMediation() | commands.AppointMediators():
            return lifecycle.decide(command, dispute.lifecycle)
        case commands.HoldSession() | commands.ReachAgreement() | commands.EndUnsuccessful():
            return [*sessions.decide(command, dispute.lifecycle)]
        case commands.CloseDispute():
            return [*closing.decide(command, dispute.lifecycle)]
        case commands.EscalateDispute():
            return [*escalation.decide(command, dispute.holding, dispute.lifecycle.status)]
        case _:
            assert_never(command)


def evolve(dispute: Dispute, fact: Fact) -> Dispute:
    """Which regions hear which fact."""
    match fact:
        case facts.DisputeRegistered() | facts.DisputeEscalated():
            return Dispute(
                lifecycle=lifecycle.evolve(dispute.lifecycle, fact),
                holding=escalation.evolve(dispute.holding, fact),
            )
        case (
            facts.MediationProposed()
            | facts.MediationAccepted()
            | facts.MediatorsAppointed()
            | facts.SessionHeld()
            | facts.AgreementReached()
            | facts.MediationFailed()
            | facts.DisputeClosed()
        ):
            return replace(dispute, lifecycle=lifecycle.evolve(dispute.lifecycle, fact))
        case _:
            assert_never(fact)


def view(dispute: Dispute) -> dict[str, str | int | None]:
    """The regions of a dispute as every answer shows them; `cycle` counts how often it was closed."""
    present = dispute.lifecycle
    return {
        "lifecycle": present.status,
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
    possible = lifecycle.POSSIBLE[dispute.lifecycle.status]
    return [name for name in possible if not (highest and name == "escalate-dispute")]


mediation = Decider(
    decide=decide, evolve=evolve, initial=Dispute(lifecycle.Lifecycle(), escalation.Holding())
)
