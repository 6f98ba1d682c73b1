"""HTTP bodies of dispatch's commands."""

from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints

from libs.events.contracts.values import (
    CallbackResult,
    CaseOutcome,
    LimitText,
    OffsetInstant,
    OrgCode,
    ReopenCause,
    ReturnReason,
    Satisfaction,
    SuspensionReason,
    UserId,
)
from libs.events.forms import Attachments, Form, Text, Units

Longer = Annotated[LimitText, StringConstraints(pattern=r"^[1-9][0-9]{0,2}(wd|wh|sd|d|h|min)$")]
"""Up to 999 of a unit at a time: more is not computed for a person who mistyped."""


class DispatchForm(Form):
    """One lead and any assisting units. Deadlines follow from the policy, unless they are stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lead": "dwk-urban",
                    "assists": ["dwk-housing"],
                    "requirement": "Clear the gate and find who left the waste.",
                    "handle_due_at": "2026-03-09T17:30:00+08:00",
                    "return_until": "2026-03-03T17:30:00+08:00",
                }
            ]
        }
    )

    lead: OrgCode
    assists: Units = ()
    requirement: Text | None = None
    sign_due_at: OffsetInstant | None = None
    handle_due_at: OffsetInstant | None = None
    return_until: OffsetInstant | None = None


class SignForm(Form):
    """Who is in charge; the signer, unless named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person_in_charge": "urban-007"}]})

    person_in_charge: UserId | None = None


class RequestReturnForm(Form):
    """Why the matter is not the unit's duty, on what basis, and whose it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "B01",
                    "legal_basis": "Duty list 2026, item 14: waste on private ground.",
                    "suggested_unit": "dwk-housing",
                }
            ]
        }
    )

    reason: ReturnReason
    legal_basis: Text
    suggested_unit: OrgCode


class ApproveReturnForm(Form):
    """`mis_sent`: the dispatcher had sent the case to the wrong unit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mis_sent": True}]})

    mis_sent: bool


class ExplanationForm(Form):
    """The reason in words."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"explanation": "The duty list names this unit for it."}]}
    )

    explanation: Text


class RequestExtensionForm(Form):
    """How much more time: working `wd` `wh`, statutory `sd`, or natural `d` `h` `min`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"limit": "3wd", "explanation": "The contractor comes on Friday."}]}
    )

    limit: Longer
    explanation: Text


class ApproveExtensionForm(Form):
    """Less than was asked for, in the same unit; without it, all of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": "2wd"}]})

    limit: Longer | None = None


class RequestSuspensionForm(Form):
    """`reason`: H01 weather, H02 plan or budget, H03 procedure, H04 appraisal, H05 citizen, H06 policy."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "H01",
                    "resume_at": "2026-03-16T08:30:00+08:00",
                    "explanation": "The ground is frozen; the repair starts with the thaw.",
                }
            ]
        }
    )

    reason: SuspensionReason
    resume_at: OffsetInstant
    explanation: Text


class NothingToAdd(Form):
    """The command says it all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class SubmitFeedbackForm(Form):
    """The result. Contacted: give `contacted_at`; not contacted: give `no_contact_reason`.

    Cases of channels 01 and 02 need an attachment of phase AFTER.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "result": "O1",
                    "truth": True,
                    "contacted": True,
                    "contacted_at": "2026-03-05T10:00:00+08:00",
                    "measures": "The waste was removed and the gate is cleaned daily.",
                    "public_reply": "The waste at the gate has been removed.",
                }
            ]
        }
    )

    result: CaseOutcome
    truth: bool
    contacted: bool
    contacted_at: OffsetInstant | None = None
    no_contact_reason: Text | None = None
    measures: Text
    public_reply: Text | None = None
    attachments: Attachments = ()


class CloseCaseForm(Form):
    """The outcome, and whether a check was passed or is waived."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "O1", "check": "PASSED", "explanation": "Checked on site, the gate is clean."}
            ]
        }
    )

    outcome: CaseOutcome
    check: Literal["PASSED", "WAIVED"]
    explanation: Text


class ReopenForm(Form):
    """Why a closed case is handled again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"cause": "RECURRENCE", "explanation": "Waste lies at the gate again."}]
        }
    )

    cause: ReopenCause
    explanation: Text


class RecordCallbackForm(Form):
    """What came of the call; now, unless `called_at` is stated.

    `result`: 1 reached, 2 refused, 3 no answer, 4 number not in use, 5 somebody else, 6 wants no call. Who
    was reached says whether anybody `responded` and whether it is `solved`. `satisfaction`: 0 is not rated.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "called_at": "2026-03-09T10:00:00+08:00",
                    "result": "1",
                    "responded": True,
                    "solved": True,
                    "satisfaction": "4",
                }
            ]
        }
    )

    called_at: OffsetInstant | None = None
    result: CallbackResult
    responded: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction = "0"
    reason: Text | None = None
