"""Facts of a case that carry clocks, for histories in which time counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from libs.events.contracts import Event
from libs.events.contracts.values import PauseSpan, SlaClock
from tests.unit.metrics.histories import START, fact

DUE = START + timedelta(hours=4)
LATER = START + timedelta(days=3)
FAR = START + timedelta(days=9)
BEFORE, AFTER = DUE - timedelta(minutes=1), DUE + timedelta(minutes=1)
RECEIVED = fact("dispatch.case_received")


def clock(name: str, state: str = "RUNNING", due: datetime | None = DUE, **readings: Any) -> SlaClock:
    values = {"policy_version": "p-1", "calendar_version": "cn-1", "started_at": START, **readings}
    return SlaClock.model_validate({"clock": name, "state": state, "due_at": due, **values})


def sign(state: str = "RUNNING", due: datetime | None = DUE, **readings: Any) -> SlaClock:
    return clock("SIGN", state, due, **readings)


def handle(state: str = "RUNNING", due: datetime | None = LATER, **readings: Any) -> SlaClock:
    return clock("HANDLE", state, due, **readings)


def standing(since: datetime, due: datetime | None = LATER) -> SlaClock:
    return handle("PAUSED", due, pauses=(PauseSpan(start=since),))


def dispatched(no: int = 1, lead: str = "unit-a", *clocks: SlaClock) -> Event:
    return fact("dispatch.case_dispatched", assignment_no=no, lead=lead, clocks=clocks or (sign(), handle()))


def signed(at: datetime = BEFORE, no: int = 1, **readings: Any) -> Event:
    return fact(
        "dispatch.assignment_signed", assignment_no=no, clocks=(sign("STOPPED", stopped_at=at, **readings),)
    )


def breached(reading: SlaClock) -> Event:
    values = reading.model_dump() | {"breached": True}
    return fact(
        "dispatch.sla_breached",
        clock=reading.clock,
        due_at=reading.due_at,
        clocks=(SlaClock.model_validate(values),),
    )


def answered(at: datetime = BEFORE, **readings: Any) -> Event:
    reading = handle(**readings) if readings else standing(at)
    return fact("dispatch.feedback_submitted", clocks=(reading,))


def rejected(due: datetime) -> Event:
    return fact("dispatch.feedback_rejected", clocks=(handle("RUNNING", due),))


def suspended(at: datetime = BEFORE) -> Event:
    return fact("dispatch.case_suspended", clocks=(standing(at),))


def resumed(due: datetime = FAR) -> Event:
    return fact("dispatch.case_resumed", clocks=(handle(due=due),))


def extended(due: datetime = FAR) -> Event:
    return fact("dispatch.deadline_extended", extension_no=1, limit="2wd", clocks=(handle(due=due),))


def closed(at: datetime = BEFORE, due: datetime = LATER, *, late: bool = False) -> Event:
    reading = handle("STOPPED", due, stopped_at=at, breached=late or None)
    return fact("dispatch.case_closed", clocks=(reading,))


def returned(no: int = 1) -> Event:
    clocks = (sign("STOPPED", stopped_at=AFTER), handle("STOPPED", stopped_at=AFTER))
    return fact("dispatch.assignment_returned", assignment_no=no, clocks=clocks)


def reopened(no: int = 2, due: datetime = FAR, lead: str = "unit-a") -> Event:
    clocks = (sign(due=due), handle(due=due))
    return fact("dispatch.case_reopened", assignment_no=no, lead=lead, clocks=clocks)


HANDED = fact("dispatch.case_handed_to_mediation", clocks=(sign("STOPPED", stopped_at=BEFORE),))

OVERDUE = breached(handle(due=FAR))
STORIES: Sequence[Sequence[Event]] = (
    [dispatched(), signed(), closed()],
    [dispatched(), signed(AFTER), closed(LATER)],
    [dispatched(), breached(sign())],
    [dispatched(), returned(), dispatched(2, "unit-b"), signed(no=2)],
    [
        dispatched(1, "org-1"),
        signed(),
        closed(),
        reopened(),
        signed(no=2, due_at=FAR),
        breached(handle(due=FAR)),
    ],
    [dispatched(), signed(), HANDED],
    [fact("dispatch.case_dispatched"), fact("dispatch.case_closed")],
    [dispatched(), signed(), suspended()],
)
"""SIGN: 1/1, 0/1, 0/1, 1/1, 2/2, out, none, 1/1 = 5/7.

CLOSE: 1/1, 0/1, open, open, 0/1, out, none, put off = 1/3."""
