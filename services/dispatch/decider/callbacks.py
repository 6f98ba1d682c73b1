"""The call-back after a close: was the reporter reached, and what did they say (lifecycles C2 #24)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from libs.events.contracts.dispatch import CallbackRecorded, CaseClosed, CaseReopened
from libs.events.contracts.values import CallbackResult, Instant, UserId
from libs.events.errors import IllegalTransition, Rejected
from libs.worktime.schedule import CHINA
from services.dispatch.commands import RecordCallback
from services.dispatch.decider.closing import HandlerReviewsOwnWork
from services.dispatch.decider.lifecycle import Lifecycle

Fact = CallbackRecorded
Status = Literal["NOT_DUE", "PENDING", "DONE", "UNREACHABLE"]

REACHED, NO_ANSWER = "1", "3"
GONE = frozenset({NO_ANSWER, "4", "5"})
"""Nobody answers, the number is dead, or it is somebody else's (codes D5 CB)."""
TRIES, DAYS = 3, 2
"""So often, on so many days, nobody answered before that is final (codes D5 CB)."""


class CalledInTheFuture(Rejected, rule="dispatch.called_in_the_future"): ...


class CalledBeforeTheClose(Rejected, rule="dispatch.called_before_the_close"): ...


class CallbackAnswersDoNotFit(Rejected, rule="dispatch.callback_answers_do_not_fit"): ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call."""

    called_at: Instant
    result: CallbackResult
    by: UserId


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The calls since the newest close, and what came of them."""

    status: Status = "NOT_DUE"
    closed_at: Instant | None = None
    attempts: tuple[Attempt, ...] = ()


def decide(command: RecordCallback, evaluation: Evaluation, case: Lifecycle) -> list[CallbackRecorded]:
    """Asked by another unit and person than those who handled the case (complaints H8)."""
    attempt = Attempt(command.called_at, command.result, command.by)
    if case.status == "CLOSED" and attempt in evaluation.attempts:
        return []
    if evaluation.status != "PENDING" or case.status != "CLOSED":
        raise IllegalTransition
    if command.by in case.handlers or command.org == case.lead:
        raise HandlerReviewsOwnWork
    must_have_been_called(command, evaluation)
    must_fit(command)
    return [
        CallbackRecorded(
            attempt_no=len(evaluation.attempts) + 1,
            called_at=command.called_at,
            result=command.result,
            final=is_final((*evaluation.attempts, attempt)),
            responded=command.responded,
            solved=command.solved,
            satisfaction=command.satisfaction,
            reason=command.reason,
            cycle=case.reopen_no + 1,
            by=command.by,
        )
    ]


def must_have_been_called(command: RecordCallback, evaluation: Evaluation) -> None:
    """After the close and not later than now."""
    if command.called_at > command.at:
        raise CalledInTheFuture
    if evaluation.closed_at is not None and command.called_at < evaluation.closed_at:
        raise CalledBeforeTheClose


def must_fit(command: RecordCallback) -> None:
    """Who was reached says whether anybody responded and solved it; who was not says and grades nothing."""
    answers = (command.responded, command.solved)
    said = [answer for answer in answers if answer is not None]
    if command.result == REACHED and len(said) < len(answers):
        raise CallbackAnswersDoNotFit
    if command.result != REACHED and (said or command.satisfaction != "0"):
        raise CallbackAnswersDoNotFit


def is_final(attempts: Sequence[Attempt]) -> bool:
    """Nobody answering is final after three calls on two days; any other result at once."""
    if attempts[-1].result != NO_ANSWER:
        return True
    unanswered = [attempt for attempt in attempts if attempt.result == NO_ANSWER]
    days = {attempt.called_at.astimezone(CHINA).date() for attempt in unanswered}
    return len(unanswered) >= TRIES and len(days) >= DAYS


def evolve(evaluation: Evaluation, fact: object) -> Evaluation:
    """Every close is called about anew; a reopened case is not called about at all."""
    match fact:
        case CaseClosed(closed_at=closed_at):
            return Evaluation("PENDING", closed_at)
        case CaseReopened():
            return Evaluation()
        case CallbackRecorded():
            attempt = Attempt(fact.called_at, fact.result, fact.by)
            attempts = (*evaluation.attempts, attempt)
            return replace(evaluation, status=_status(fact), attempts=attempts)
        case _:
            return evaluation


def _status(fact: CallbackRecorded) -> Status:
    if not fact.final:
        return "PENDING"
    return "UNREACHABLE" if fact.result in GONE else "DONE"
