"""The evidence behind the on-time figures, written down once: event ids, deadlines and versions."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest

from libs.events.jsontext import from_json, to_json
from services.metrics.evidence import WITNESSES, event_ids
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, row
from tests.unit.metrics.clocked import RECEIVED, STORIES
from tests.unit.metrics.histories import MATTER, folded, happened

GOLDEN = json.loads((Path(__file__).parent / "golden" / "on_time.json").read_text(encoding="utf-8"))
TIMED = tuple(name for name in COLUMNS if name.startswith(("sign_", "case_due", "case_closed_in", "case_de")))


def told(number: int) -> tuple[Matter, dict[str, Any]]:
    matter = uuid5(MATTER, f"golden {number}")
    found = folded(happened([RECEIVED, *STORIES[number]], matter), matter)
    return found, dict(zip(COLUMNS, row(found), strict=True))


def evidence(number: int) -> dict[str, Any]:
    """What the on-time figures hold of a story, and the events that show it."""
    matter, named = told(number)
    asked = [("SIGN_ONTIME", no) for no in named["sign_no"] or []] + [("CLOSE_ONTIME", 0)]
    shown = {
        f"{code} {no}": [
            event_ids(matter, WITNESSES[code].counted(matter, no)),
            event_ids(matter, WITNESSES[code].succeeded(matter, no)),
        ]
        for code, no in asked
    }
    timed = from_json(to_json({name: named[name] for name in TIMED}))
    return {"columns": timed, "evidence": shown}


@pytest.mark.parametrize("number", range(len(STORIES)))
def test_the_evidence_of_a_story_is_the_golden_one(number: int) -> None:
    assert evidence(number) == GOLDEN[number]
