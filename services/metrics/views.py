"""Answers as JSON: pairs with their display, matters with who holds them, times in local offset."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from libs.events.labels import label
from libs.worktime.schedule import CHINA
from services.metrics import evidence, timeline
from services.metrics.definitions import Definition
from services.metrics.indicators import Figure, display
from services.metrics.matter import Matter
from services.metrics.queries import Counted, Record
from services.metrics.rows import restore


def local(moment: datetime | None) -> str | None:
    """RFC 3339 in the jurisdiction's offset."""
    return None if moment is None else moment.astimezone(CHINA).isoformat()


def definition(it: Definition) -> dict[str, Any]:
    """A definition, with everything needed to count it again elsewhere."""
    return {
        "code": it.code,
        "label": label(it.code),
        "version": it.version,
        "mode": it.mode,
        "unit": label(it.unit),
        "decimals": it.decimals,
        "cohort": it.cohort,
        "counts": it.of,
        "attributed_to": it.org,
        "denominator": list(it.base()),
        "numerator": list(it.top()),
        "switches": {name: list(it.base(name)) for name in it.switches},
        "deferred": it.deferred,
        "source": it.source,
    }


def rate(figure: Figure, decimals: int) -> dict[str, Any]:
    """A pair and its display; a rate is never a bare number (interfaces section 1)."""
    shown = display(figure, decimals)
    return {"numerator": figure.numerator, "denominator": figure.denominator, "display": shown}


def indicator(it: Definition, answer: Counted, decimals: int, by: str | None) -> dict[str, Any]:
    """The figure, its groups when asked by something, and what it holds for."""
    groups = [
        {"key": key, "label": group_label(by, key), **rate(figure, decimals)} for key, figure in answer.groups
    ]
    return {
        "code": it.code,
        "label": label(it.code),
        "definition_version": it.version,
        "mode": it.mode,
        "unit": label(it.unit),
        **rate(answer.figure, decimals),
        **({"by": by, "groups": groups} if by else {}),
        "deferred": answer.deferred,
        "policy_versions": list(answer.policies),
        "calendar_versions": list(answer.calendars),
        "as_of": answer.as_of,
    }


def group_label(by: str | None, key: str | None) -> str:
    """What a reader calls the group."""
    if key is None:
        return label("nobody")
    return label(f"channel.{key}") if by == "channel" else key


def brief(row: Record) -> dict[str, Any]:
    """A matter in a list."""
    return {
        "matter": str(row["matter"]),
        "case_no": row["case_no"],
        "dispute_no": row["dispute_no"],
        "stage": row["stage"],
        "status": row["status"],
        "label": label(row["status"]),
        "holder": row["holder"],
        "since": local(row["since"]),
        "opened_at": local(row["opened_at"]),
        "closed_at": local(row["closed_at"]),
        "channel": row["channel"],
        "category": row["category"],
        "area": row["area"],
        "org": row["case_org"] or row["dispute_org"],
        "source_system": row["source_system"],
        "external_no": row["external_no"],
        "return_open": row["return_open"],
        "return_no": row["return_no"],
        "reopen_no": row["reopen_no"],
    }


def whole(row: Record, waiting: Sequence[Record]) -> dict[str, Any]:
    """One matter: where it is, who holds it, since when, what happened last, and what is stuck."""
    events = entries(row)
    versions = {
        f"{prefix}-{row['matter']}": row[f"{prefix}_version"] for prefix in ("report", "case", "dispute")
    }
    return {
        **brief(row),
        "streams": {stream: version for stream, version in versions.items() if version},
        "last_event": shown(events[-1]) if events else None,
        "trace_id": events[-1].trace_id if events else None,
        "waiting": [
            {
                "stream": item["stream"],
                "reason": item["reason"],
                "since": local(item["parked_at"]),
                "trace_id": item["trace_id"],
            }
            for item in waiting
        ],
    }


def entries(row: Record) -> list[timeline.Entry]:
    """The matter's history over all stages."""
    return timeline.timeline(str(row["matter"]), (row["report_log"], row["case_log"], row["dispute_log"]))


def shown(entry: timeline.Entry) -> dict[str, Any]:
    """A line of the timeline."""
    view = entry.view()
    times = {name: local(datetime.fromisoformat(view[name])) for name in ("occurred_at", "recorded_at")}
    return {**view, "label": label(entry.kind), **times}


def counted(it: Definition, row: Record) -> dict[str, Any]:
    """A matter behind a figure, with the ids of the events that put it there."""
    matter, witness = _matter(row), evidence.WITNESSES[it.code]
    succeeded = all(row[flag] for flag in it.top())
    number = row["sign_no"] if it.of == "assignment" else 0
    return {
        **brief(row),
        "attributed_to": row[it.org],
        "assignment_no": number or None,
        "entered_at": local(row[it.cohort]),
        "in_numerator": succeeded,
        "counted_by": evidence.event_ids(matter, witness.counted(matter, number)),
        "succeeded_by": evidence.event_ids(matter, witness.succeeded(matter, number)) if succeeded else [],
    }


def _matter(row: Record) -> Matter:
    return restore(str(row["matter"]), row["parts"], (row["report_log"], row["case_log"], row["dispute_log"]))
