"""A real service process with topics, a database and keys of its own, and a client for it."""

import base64
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local import ports
from deploy.local import topics as kafka_topics
from deploy.local.topics import Topic
from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Person, issue, new_key, signing_key
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
TOPICS = ("case.intake", "case.dispatch", "case.mediation", "case.dead-letter")
REFERENCE = "case.reference"
REPORT: dict[str, Any] = {
    "business_type": "02",
    "category": "2.EVENT.LITTER",
    "channel": "03",
    "description": "Household waste has been lying at the north gate for a week.",
    "grid_code": "640202001001001",
    "org_code": "640202001",
    "place": "North gate of the compound",
    "subject": "Litter at the gate",
    "urgency": "1",
}


@dataclass(frozen=True)
class Place:
    """Where a service lives."""

    folder: Path
    dsn: str
    bootstrap: str
    prefix: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "BIHUAN_POSTGRES_DSN": self.dsn,
            "BIHUAN_KAFKA_BOOTSTRAP": self.bootstrap,
            "BIHUAN_KAFKA_PREFIX": self.prefix,
            "BIHUAN_PORT": str(self.port),
            "BIHUAN_JWKS_FILE": str(self.folder / "jwks.json"),
            "BIHUAN_SEALING_KEY_FILE": str(self.folder / "sealing.key"),
            "BIHUAN_STUCK_AFTER": "5",
        }

    def bearer(self, role: str = "GRD") -> dict[str, str]:
        person = Person(f"{role.lower()}-001", "640202001001", (role,), "640202")
        key = signing_key((self.folder / "signing.jwk").read_text())
        return {"authorization": f"Bearer {issue(person, key, Settings(), now=system_clock())}"}

    def log(self) -> str:
        return (self.folder / "log").read_text()


def place(folder: Path, dsn: str, bootstrap: str) -> Place:
    private, public = new_key()
    (folder / "signing.jwk").write_text(private)
    (folder / "jwks.json").write_text(public)
    (folder / "sealing.key").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return Place(folder, dsn, bootstrap, f"t{secrets.token_hex(3)}-", ports.free())


def make_topics(at: Place) -> None:
    stages = (Topic(at.prefix + name, 3, {}) for name in TOPICS)
    compacted = Topic(at.prefix + REFERENCE, 1, {"cleanup.policy": "compact"})
    kafka_topics.ensure(at.bootstrap, (*stages, compacted))


@contextmanager
def service(at: Place, stage: str = "intake") -> Iterator["subprocess.Popen[bytes]"]:
    """The process from start to end; killed if the test did not end it."""
    with (at.folder / "log").open("wb") as log:
        command = [sys.executable, "-m", f"services.{stage}"]
        process = subprocess.Popen(command, env=at.environment(), cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()


async def parts(http: httpx.AsyncClient) -> dict[str, Any]:
    """What `/readyz` says part by part; nothing while nobody listens."""
    try:
        answer = await http.get("/readyz")
    except httpx.TransportError:
        return {}
    body: dict[str, Any] = answer.json()
    assert (answer.status_code == 200) is body["ready"]
    return {"ready": body["ready"], **{name: part["ok"] for name, part in body["parts"].items()}}


async def becomes(http: httpx.AsyncClient, seconds: float = 40.0, **wanted: bool) -> None:
    """Wait until readiness says so."""

    async def so() -> bool:
        found = await parts(http)
        return all(found.get(name) is value for name, value in wanted.items())

    await until(so, seconds)


async def submit(http: httpx.AsyncClient, at: Place, key: str) -> httpx.Response:
    return await http.post("/v1/reports", json=REPORT, headers={**at.bearer(), "idempotency-key": key})
