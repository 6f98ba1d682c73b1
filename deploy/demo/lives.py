"""The lives that a generated matter can have: the steps it went through, in order."""

from collections.abc import Mapping

_SENT = ("filed_at", "dispatched_at")
_RETURNED = (*_SENT, "return_requested_at", "return_decided_at")
_HANDLED = ("signed_at", "feedback_at")
_CLOSED = (*_SENT, *_HANDLED, "closed_at")
_REOPENED = (*_CLOSED, "reopened_at")

CASES: Mapping[str, tuple[str, ...]] = {
    "FILED": ("filed_at",),
    "DISPATCHED": _SENT,
    "RETURN_REQUESTED": (*_SENT, "return_requested_at"),
    "RETURNED": _RETURNED,
    "HANDLING": (*_SENT, "signed_at"),
    "FEEDBACK": (*_SENT, *_HANDLED),
    "CLOSED": _CLOSED,
    "CLOSED_SENT_AGAIN": (*_RETURNED, "redispatched_at", *_HANDLED, "closed_at"),
    "CLOSED_NOT_RETURNED": (*_RETURNED, *_HANDLED, "closed_at"),
    "REOPENED": _REOPENED,
    "HANDLED_AGAIN": (*_REOPENED, "resigned_at"),
    "FEEDBACK_AGAIN": (*_REOPENED, "resigned_at", "refeedback_at"),
    "CLOSED_AGAIN": (*_REOPENED, "resigned_at", "refeedback_at", "reclosed_at"),
}

_OPENED = ("registered_at", "accepted_at", "appointed_at", "session_at")

DISPUTES: Mapping[str, tuple[str, ...]] = {
    "REGISTERED": _OPENED[:1],
    "ACCEPTED": _OPENED[:2],
    "APPOINTED": _OPENED[:3],
    "MEDIATING": _OPENED,
    "AGREED": (*_OPENED, "agreed_at"),
    "FAILED": (*_OPENED, "failed_at"),
    "AGREED_CLOSED": (*_OPENED, "agreed_at", "closed_at"),
    "SETTLED_CLOSED": (*_OPENED, "failed_at", "closed_at"),
    "FAILED_CLOSED": (*_OPENED, "failed_at", "closed_at"),
    "OTHER_ROUTE_CLOSED": (*_OPENED, "failed_at", "closed_at"),
}
