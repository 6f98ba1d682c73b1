"""Requests as bytes: written before the clock runs, so that writing them costs nobody anything."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.story import EVENTS_A_CASE, matter
from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Person, issue, signing_key

AT = "2026-03-05T10:00:00+08:00"
REPORT = {
    "channel": "03",
    "business_type": "02",
    "category": "2.EVENT.LITTER",
    "urgency": "1",
    "org_code": "640202001",
    "grid_code": "640202001001001",
    "subject": "Litter at the gate",
    "description": "Household waste has been lying at the north gate for a week.",
    "place": "North gate of the compound",
    "reporter": "Name and telephone number",
}
APPROVAL = {
    "category": "2.EVENT.LITTER",
    "grid_code": "640202001001001",
    "urgency": "1",
    "confidential": False,
}


@dataclass(frozen=True)
class Step:
    """One command of the ordinary loop: where, what, and who asks."""

    stage: str
    path: str
    body: Mapping[str, object]
    role: str
    org: str = "640202001"


_TEXT = "The waste was removed and the gate is cleaned daily."
LOOP = (
    Step("intake", "/v1/reports/{}/approve-report", APPROVAL, "REV"),
    Step("intake", "/v1/reports/{}/file-case", {"route": "DISPATCH"}, "REV"),
    Step("dispatch", "/v1/cases/{}/dispatch", {"lead": "unit-housing", "requirement": _TEXT}, "DSP"),
    Step("dispatch", "/v1/cases/{}/sign", {}, "UNT", "unit-housing"),
    Step(
        "dispatch",
        "/v1/cases/{}/submit-feedback",
        {"result": "O1", "truth": True, "contacted": True, "contacted_at": AT, "measures": _TEXT},
        "UNT",
        "unit-housing",
    ),
    Step(
        "dispatch",
        "/v1/cases/{}/close-case",
        {"outcome": "O1", "check": "PASSED", "explanation": _TEXT},
        "CLS",
    ),
)
"""What follows a report until its case is closed."""
COMMANDS, EVENTS = 1 + len(LOOP), EVENTS_A_CASE
"""Of one case: seven, and ten. Each command states one event; to three of them the other stage adds one."""


def bearer(keys: str, role: str, org: str = "640202001") -> str:
    """A token of the run's own issuer, for somebody with this role."""
    person = Person(f"{role.lower()}-001", org, (role,), "640202")
    key = signing_key((Path(keys) / "signing.jwk").read_text())
    return issue(person, key, Settings(), now=system_clock(), seconds=6 * 3600)


def prepared(port: int, *, kind: str, keys: str, count: int, first: int = 0, source: str = "") -> list[bytes]:
    """`report`: new matters. `approval`: of stored ones from `first` on. `read`: any of them.

    `step`: one command of the loop for every matter in the file `source`; `first` is its place in LOOP.
    """
    if kind == "report":
        token = bearer(keys, "GRD")
        return [written(port, "/v1/reports", token, REPORT) for _ in range(count)]
    if kind == "read":
        token = bearer(keys, "DSP")
        known = [str(matter(case)) for case in range(first)]
        chosen = (known[number * 7919 % len(known)] for number in range(count))
        return [asked(port, f"/v1/matters/{one}", token) for one in chosen]
    step = LOOP[first if kind == "step" else 0]
    token = bearer(keys, step.role, step.org)
    matters = json.loads(Path(source).read_text()) if source else _stored(first, count)
    return [written(port, step.path.format(one), token, step.body) for one in matters]


def _stored(first: int, count: int) -> list[str]:
    return [str(matter(first + number)) for number in range(count)]


def written(port: int, path: str, token: str, document: object) -> bytes:
    """One POST with a key of its own."""
    body = json.dumps(document).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\nidempotency-key: {secrets.token_hex(12)}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def asked(port: int, path: str, token: str) -> bytes:
    """One GET."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n\r\n".encode()
