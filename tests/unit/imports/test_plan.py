"""A row becomes the commands that happened, at their own times; the decider has the last word."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from deploy.cities.chance import Chance
from deploy.cities.pack import load
from deploy.demo.generate import rows
from deploy.demo.recipe import Register, recipe
from deploy.register.mapping import Kind
from libs.events.contracts import Event
from libs.events.contracts.values import Sealed
from libs.events.decider import Decider, fold
from libs.events.errors import Rejected
from libs.events.register import NOT_STATED, LegacyText, Row
from services.dispatch import imports as dispatch
from services.dispatch.decider import dispatch as case_decider
from services.dispatch.imports import CaseRow
from services.mediation import imports as mediation
from services.mediation.decider import mediation as dispute_decider
from services.mediation.imports import DisputeRow

NOW = datetime(2021, 1, 1, tzinfo=UTC)
START = datetime(2019, 3, 1, tzinfo=UTC)


def _seal(text: str | None) -> Sealed:
    return NOT_STATED if text is None else Sealed(sealed="sealed", key="k")


def _at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def _facts(decider: Decider[Any, Any, Any], planned: Iterable[tuple[Any, datetime]]) -> list[Event]:
    state, facts = decider.initial, []
    for command, _ in planned:
        step = decider.decide(command, state)
        state = fold(decider, step, state)
        facts += step
    return facts


CLOSED: dict[str, Any] = {
    "external_no": "A-1", "channel": "01", "category": "2.EVENT.LITTER", "org_code": "640202001001",
    "filed_at": _at(0), "dispatched_at": _at(1), "unit": "urban", "dispatched_by": "duty",
    "signed_at": _at(2), "person_in_charge": "u-1",
    "feedback_at": _at(3), "handled_by": "u-1", "result": "O1", "closed_at": _at(4), "closed_by": "closer",
    "outcome": "O1",
}  # fmt: skip
RETURN: dict[str, Any] = {
    "return_requested_at": _at(1), "return_reason": "B01", "suggested_unit": "housing", "return_by": "u-1",
}  # fmt: skip


def _case(**changes: Any) -> list[str]:
    row = CaseRow.model_validate(CLOSED | changes)
    assert dispatch.faults(row, NOW) == []
    return [fact.kind.removeprefix("dispatch.") for fact in _facts(case_decider, dispatch.plan(row, _seal))]


def test_a_closed_case_has_its_five_facts() -> None:
    assert _case() == [
        "case_received", "case_dispatched", "assignment_signed", "feedback_submitted", "case_closed",
    ]  # fmt: skip


def test_every_step_keeps_its_own_time() -> None:
    row = CaseRow.model_validate(CLOSED)
    assert [at for _, at in dispatch.plan(row, _seal)] == [_at(hours) for hours in range(5)]


def test_a_case_that_was_only_filed_has_one_fact() -> None:
    row = CaseRow.model_validate(
        {name: CLOSED[name] for name in ("external_no", "channel", "category", "org_code", "filed_at")}
    )
    assert [type(fact).__name__ for fact in _facts(case_decider, dispatch.plan(row, _seal))] == [
        "CaseReceived"
    ]


def test_an_approved_return_sends_the_case_to_another_unit() -> None:
    decided = {"return_decided_at": _at(2), "return_decision": "APPROVED", "return_decided_by": "head"}
    again = {"redispatched_at": _at(2), "redispatched_unit": "housing"}
    assert _case(**RETURN, **decided, **again)[2:6] == [
        "return_requested", "return_approved", "assignment_returned", "case_dispatched",
    ]  # fmt: skip


def test_a_rejected_return_leaves_the_case_with_its_unit() -> None:
    decided = {"return_decided_at": _at(2), "return_decision": "REJECTED", "return_decided_by": "head"}
    kinds = _case(**RETURN, **decided)
    assert kinds[2:5] == ["return_requested", "return_rejected", "assignment_signed"]
    assert kinds[-1] == "case_closed"


def test_a_reopened_case_is_handled_again() -> None:
    again = {
        "reopened_at": _at(5), "reopened_by": "closer", "reopen_cause": "UNSATISFIED", "resigned_at": _at(6),
        "refeedback_at": _at(7), "reclosed_at": _at(8),
    }  # fmt: skip
    assert _case(**again)[5:] == ["case_reopened", "assignment_signed", "feedback_submitted", "case_closed"]


def test_the_decider_refuses_a_row_whose_handler_closed() -> None:
    with pytest.raises(Rejected) as refused:
        _case(closed_by="u-1")
    assert refused.value.rule == "dispatch.handler_reviews_own_work"


DISPUTE: dict[str, Any] = {
    "external_no": "J-1", "channel": "13", "category": "5.DC.02", "org_code": "640202001001",
    "registered_at": _at(0), "registered_by": "station", "accepted_at": _at(1), "mediation_type": "1",
    "committee": "committee", "accepted_by": "office", "appointed_at": _at(2),
    "mediators": ["m-1"], "chief": "m-1", "interests_disclosed": True, "session_at": _at(3), "attendees": 3,
    "rights_told": True, "closed_by": "office",
}  # fmt: skip
AGREED: dict[str, Any] = {"agreed_at": _at(4), "form": "WRITTEN", "closed_at": _at(5), "outcome": "RESOLVED"}


def _dispute(**changes: Any) -> list[str]:
    row = DisputeRow.model_validate(DISPUTE | changes)
    assert mediation.faults(row, NOW) == []
    facts = _facts(dispute_decider, mediation.plan(row, _seal))
    return [fact.kind.removeprefix("mediation.") for fact in facts]


def test_an_agreed_dispute_has_its_seven_facts() -> None:
    assert _dispute(**AGREED) == [
        "dispute_registered", "mediation_proposed", "mediation_accepted", "mediators_appointed",
        "session_held", "agreement_reached", "dispute_closed",
    ]  # fmt: skip


def test_a_failed_dispute_ends_as_failed() -> None:
    failed = {"failed_at": _at(4), "fail_cause": "F05", "other_routes_told": True}
    assert _dispute(**failed, closed_at=_at(5), outcome="UNRESOLVED")[-2:] == [
        "mediation_failed",
        "dispute_closed",
    ]


def test_mediation_without_told_rights_is_refused() -> None:
    with pytest.raises(Rejected):
        _dispute(rights_told=False)


@pytest.mark.parametrize(("module", "row"), [(dispatch, CaseRow), (mediation, DisputeRow)])
def test_every_free_text_of_a_row_is_sealed(module: Any, row: type[Row]) -> None:
    metadata = get_args(LegacyText)[1]
    free = {name for name, field in row.model_fields.items() if metadata in _annotations(field.annotation)}
    assert free == set(module.TEXTS)


def _annotations(annotation: Any) -> list[Any]:
    return [part for inner in get_args(annotation) for part in (*_annotations(inner), inner)]


@pytest.mark.parametrize(
    ("city", "index", "decider", "model", "planned"),
    [
        ("dawukou", 0, case_decider, CaseRow, dispatch.plan),
        ("dawukou", 1, dispute_decider, DisputeRow, mediation.plan),
        ("xiangyang", 1, dispute_decider, DisputeRow, mediation.plan),
    ],
)
def test_every_generated_life_is_lawful(
    city: str, index: int, decider: Decider[Any, Any, Any], model: type[Row], planned: Callable[..., Any]
) -> None:
    pack = load(city)
    register = recipe(pack).registers[index]
    kind: Kind = "case" if model is CaseRow else "dispute"
    told = (
        {}
        if kind == "case"
        else dict.fromkeys(("interests_disclosed", "rights_told", "other_routes_told"), "true")
    )
    for generated in rows(pack.city, _small(register), kind, Chance(3)):
        row = model.model_validate({**generated, **told})
        assert _facts(decider, planned(row, _seal))


def _small(register: Register) -> Register:
    """The same recipe for a few hundred matters."""
    small = [part.model_copy(update={"total": 160, "completed": 80}) for part in register.parts]
    return register.model_copy(update={"parts": tuple(small)})
