"""Facts the dispatch stage publishes on `case.dispatch`, stream `case-<matter>`. Owner: services/dispatch."""

from libs.events.contracts.dispatch.assignment import (
    AssignmentReturned,
    AssignmentSigned,
    CaseDispatched,
    CaseHandedBack,
    CaseHandedToMediation,
    CaseReceived,
    ReturnApproved,
    ReturnRejected,
    ReturnRequested,
)
from libs.events.contracts.dispatch.deadlines import (
    CaseResumed,
    CaseSuspended,
    DeadlineExtended,
    DeadlineRecalculated,
    ExtensionRejected,
    ExtensionRequested,
    SlaBreached,
    SlaWarned,
    SuspensionRejected,
    SuspensionRequested,
)
from libs.events.contracts.dispatch.result import (
    CallbackRecorded,
    CaseClosed,
    CaseReopened,
    FeedbackRejected,
    FeedbackSubmitted,
)

__all__ = [
    "AssignmentReturned",
    "AssignmentSigned",
    "CallbackRecorded",
    "CaseClosed",
    "CaseDispatched",
    "CaseHandedBack",
    "CaseHandedToMediation",
    "CaseReceived",
    "CaseReopened",
    "CaseResumed",
    "CaseSuspended",
    "DeadlineExtended",
    "DeadlineRecalculated",
    "ExtensionRejected",
    "ExtensionRequested",
    "FeedbackRejected",
    "FeedbackSubmitted",
    "ReturnApproved",
    "ReturnRejected",
    "ReturnRequested",
    "SlaBreached",
    "SlaWarned",
    "SuspensionRejected",
    "SuspensionRequested",
]
