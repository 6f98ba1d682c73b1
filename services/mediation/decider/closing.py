"""The close of a dispute, and whether it counts as resolved (lifecycles C3 #26).

The command moves the lifecycle, so it has no record of its own.
"""

from libs.events.contracts.mediation import DisputeClosed
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import CloseDispute
from services.mediation.decider.lifecycle import Lifecycle


class OutcomeDoesNotFit(Rejected, rule="mediation.outcome_does_not_fit"): ...


def decide(command: CloseDispute, dispute: Lifecycle) -> list[DisputeClosed]:
    """What was agreed, or settled by the parties themselves (F02), is resolved; no other failure is (E2)."""
    if dispute.status == "CLOSED" and command.outcome == dispute.outcome:
        return []
    if dispute.status not in {"AGREED", "FAILED"}:
        raise IllegalTransition
    settled = dispute.status == "AGREED" or dispute.fail_cause == "F02"
    if settled != (command.outcome == "RESOLVED"):
        raise OutcomeDoesNotFit
    return [
        DisputeClosed(
            origin=dispute.origin,
            hand_over_no=dispute.hand_over_no,
            outcome=command.outcome,
            resolved=settled,
            explanation=command.explanation,
            cycle=dispute.cycle + 1,
            closed_at=command.at,
            by=command.by,
        )
    ]
