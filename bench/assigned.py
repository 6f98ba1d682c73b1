"""What an open case is made of: received, dispatched, and its clocks running."""

from datetime import datetime, timedelta
from typing import Any

from bench.opened import START, UNIT
from libs.events.contracts import Event
from libs.events.contracts.dispatch import CaseDispatched, CaseReceived
from libs.events.contracts.values import SlaClock
from libs.events.timing.deciding import Library, Moment, decided
from services.dispatch.commands import Dispatch
from services.dispatch.decider import dispatch


def by_reference(library: Library) -> tuple[Event, ...]:
    """Dispatched, as dispatch itself decides it by the edition in force."""
    case = received()
    state: Any = dispatch.evolve(dispatch.initial, case)
    command = Dispatch(lead=UNIT, by="dsp-1", at=START)
    return case, *decided(dispatch, command, state, Moment(START, library)).facts


def warning_at(instant: datetime) -> tuple[Event, ...]:
    """Two open clocks: one that warns at this instant, and one that has long to go."""
    far = START + timedelta(days=7)
    sign = _clock("SIGN", warn_at=instant, due_at=instant + timedelta(days=1))
    handle = _clock("HANDLE", warn_at=far, due_at=far + timedelta(days=1))
    assigned = CaseDispatched(
        assignment_no=1, lead=UNIT, policy_version="none", clocks=(sign, handle), by="dsp-1"
    )
    return received(), assigned


def received() -> CaseReceived:
    """A case that waits to be dispatched; its category has no limit of its own."""
    return CaseReceived(
        origin="INTAKE",
        case_no="64020220260302000001",
        channel="03",
        urgency="1",
        category="2.OTHER",
        org_code="640202001",
        grid_code="640202001001001",
        confidential=False,
        filed_at=START,
    )


def _clock(name: str, **instants: datetime) -> SlaClock:
    whole = {"clock": name, "state": "RUNNING", "started_at": START, "limit": "1d", **instants}
    return SlaClock.model_validate({**whole, "policy_version": "p1", "calendar_version": "c1"})
