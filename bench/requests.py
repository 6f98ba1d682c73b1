"""Requests as bytes: written before the clock runs, so that writing them costs nobody anything."""

import json
import secrets
from pathlib import Path

from bench.story import matter
from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Person, issue, signing_key

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


def bearer(keys: str, role: str) -> str:
    """A token of the run's own issuer, for somebody with this role."""
    person = Person(f"{role.lower()}-001", "640202001", (role,), "640202")
    key = signing_key((Path(keys) / "signing.jwk").read_text())
    return issue(person, key, Settings(), now=system_clock(), seconds=6 * 3600)


def prepared(port: int, *, kind: str, keys: str, count: int, first: int = 0, cases: int = 0) -> list[bytes]:
    """`report`: new matters. `approval`: of stored ones from `first` on. `read`: one of `cases` each."""
    if kind == "read":
        token = bearer(keys, "DSP")
        known = [str(matter(case)) for case in range(0, cases, max(1, cases // 5000))]
        return [
            asked(port, f"/v1/matters/{known[number * 7919 % len(known)]}", token) for number in range(count)
        ]
    if kind == "report":
        token = bearer(keys, "GRD")
        return [written(port, "/v1/reports", token, REPORT) for _ in range(count)]
    token = bearer(keys, "REV")
    paths = (f"/v1/reports/{matter(first + number)}/approve-report" for number in range(count))
    return [written(port, path, token, APPROVAL) for path in paths]


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
