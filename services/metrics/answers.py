"""What the answers look like, for the published OpenAPI document: schemas with one example each."""

from typing import Any

Json = dict[str, Any]

MATTER = "0198c3a2-7d10-7cc3-98c4-dc0c0c07398f"
_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_COUNT: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": ["string", "null"], "format": "date-time"}

RATE: dict[str, Json] = {
    "numerator": _COUNT,
    "denominator": _COUNT,
    "display": {**_MAYBE, "description": "Per cent, HALF_UP; null over a zero denominator."},
}
_RATE_EXAMPLE = {"numerator": 21343, "denominator": 22211, "display": "96.1%"}
BRIEF: dict[str, Json] = {
    **dict.fromkeys(("matter", "stage", "status", "label"), _TEXT),
    **dict.fromkeys(("case_no", "dispute_no", "holder", "channel", "category", "area", "org"), _MAYBE),
    **dict.fromkeys(("source_system", "external_no"), _MAYBE),
    **dict.fromkeys(("since", "opened_at", "closed_at"), _TIME),
    **dict.fromkeys(("return_no", "reopen_no"), _COUNT),
    "return_open": {"type": "boolean"},
}
_BRIEF_EXAMPLE: Json = {
    "matter": MATTER,
    "case_no": "64020220260302000017",
    "dispute_no": None,
    "stage": "dispatch",
    "status": "HANDLING",
    "label": "HANDLING",
    "holder": "unit-housing",
    "since": "2026-03-02T10:20:00+08:00",
    "opened_at": "2026-03-02T09:00:00+08:00",
    "closed_at": None,
    "channel": "03",
    "category": "2.EVENT.LITTER",
    "area": "640202001001",
    "org": "unit-housing",
    "source_system": None,
    "external_no": None,
    "return_open": False,
    "return_no": 0,
    "reopen_no": 0,
}
ENTRY: dict[str, Json] = {
    **dict.fromkeys(("event_id", "stage", "stream", "kind", "label", "actor", "org", "role"), _TEXT),
    **dict.fromkeys(("on_behalf_of", "trace_id", "holder"), _MAYBE),
    **dict.fromkeys(("occurred_at", "recorded_at"), _TIME),
    "version": {"type": "integer", "minimum": 1},
}
_ENTRY_EXAMPLE: Json = {
    "event_id": "e4cb6698-7a3b-5c55-9a3d-0a4f5e6d7c8b",
    "stage": "dispatch",
    "stream": f"case-{MATTER}",
    "version": 3,
    "kind": "dispatch.assignment_signed",
    "occurred_at": "2026-03-02T10:20:00+08:00",
    "recorded_at": "2026-03-02T10:20:00.104512+08:00",
    "actor": "unt-1",
    "org": "unit-housing",
    "role": "UNT",
    "on_behalf_of": None,
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "holder": "unit-housing",
    "label": "dispatch.assignment_signed",
}
WAITING: dict[str, Json] = {"stream": _TEXT, "reason": _TEXT, "since": _TIME, "trace_id": _MAYBE}
_AS_OF: Json = {"type": "object", "description": "Topic to partition to next offset: what is counted."}


def _always(example: Json) -> list[str]:
    """The members that are never null; FastAPI leaves nulls out of an example."""
    return sorted(name for name, value in example.items() if value is not None)


def described(properties: dict[str, Json], example: Json) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose answer has these members, all of them always there."""
    schema = {"type": "object", "required": _always(example), "properties": properties}
    return {
        200: {
            "description": "Answered",
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    }


def paged(properties: dict[str, Json], example: Json) -> dict[int | str, dict[str, Any]]:
    """The same for a page of items."""
    item = {"type": "object", "required": _always(example), "properties": properties}
    members = {"items": {"type": "array", "items": item}, "next": _MAYBE}
    return described(members, {"items": [example], "next": None})


FIGURE = described(
    {
        **dict.fromkeys(("code", "label", "mode", "unit"), _TEXT),
        "definition_version": {"type": "integer", "minimum": 1},
        **RATE,
        "by": _TEXT,
        "groups": {
            "type": "array",
            "items": {"type": "object", "properties": {"key": _MAYBE, "label": _TEXT, **RATE}},
        },
        "deferred": {"type": ["integer", "null"], "description": "Put off, and so outside (suspended)."},
        "policy_versions": {**_TEXTS, "description": "Editions whose limits the deadlines behind it follow."},
        "calendar_versions": {**_TEXTS, "description": "Calendars the deadlines behind it were counted by."},
        "as_of": _AS_OF,
    },
    {
        "code": "CLOSE_ONTIME",
        "label": "CLOSE_ONTIME",
        "definition_version": 1,
        "mode": "DUE",
        "unit": "CASE",
        **_RATE_EXAMPLE,
        "deferred": 12,
        "policy_versions": ["dawukou-2026.1"],
        "calendar_versions": ["cn-2026.1"],
        "as_of": {"case.dispatch": {"0": 1816}},
    },
)
DEFINITIONS = paged(
    {
        **dict.fromkeys(
            ("code", "label", "mode", "unit", "cohort", "counts", "attributed_to", "source"), _TEXT
        ),
        **dict.fromkeys(("version", "decimals"), _COUNT),
        **dict.fromkeys(("denominator", "numerator"), _TEXTS),
        "switches": {"type": "object"},
        "deferred": {**_MAYBE, "description": "Condition of what is put off and outside."},
    },
    {
        "code": "CLOSE_RATE",
        "label": "CLOSE_RATE",
        "version": 1,
        "mode": "COHORT",
        "unit": "CASE",
        "decimals": 1,
        "cohort": "filed_at",
        "counts": "matter",
        "attributed_to": "case_org",
        "denominator": ["case_counted"],
        "numerator": ["case_counted", "case_closed"],
        "switches": {},
        "deferred": None,
        "source": "A11, A12",
    },
)
BEHIND = paged(
    {
        **BRIEF,
        "attributed_to": _MAYBE,
        "assignment_no": {"type": ["integer", "null"], "description": "Where assignments are counted."},
        "entered_at": _TIME,
        "in_numerator": {"type": "boolean"},
        **dict.fromkeys(("counted_by", "succeeded_by"), _TEXTS),
    },
    {
        **_BRIEF_EXAMPLE,
        "attributed_to": "unit-housing",
        "assignment_no": None,
        "entered_at": "2026-03-02T09:00:00+08:00",
        "in_numerator": False,
        "counted_by": ["49748bbf-3b1f-5d07-9a60-1f2e3d4c5b6a"],
        "succeeded_by": [],
    },
)
MATTERS = paged(BRIEF, _BRIEF_EXAMPLE)
ONE = described(
    {
        **BRIEF,
        "streams": {"type": "object", "description": "Stream to the newest version that is reflected."},
        "last_event": {"type": ["object", "null"], "properties": ENTRY},
        "trace_id": _MAYBE,
        "waiting": {"type": "array", "items": {"type": "object", "properties": WAITING}},
    },
    {
        **_BRIEF_EXAMPLE,
        "streams": {f"report-{MATTER}": 3, f"case-{MATTER}": 3},
        "last_event": _ENTRY_EXAMPLE,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "waiting": [],
    },
)
TIMELINE = described(
    {
        "matter": _TEXT,
        "items": {"type": "array", "items": {"type": "object", "properties": ENTRY}},
        "next": _MAYBE,
    },
    {"matter": MATTER, "items": [_ENTRY_EXAMPLE], "next": None},
)
