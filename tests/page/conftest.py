"""Metrics served on a loopback port with a small city in it, and a real browser to look at it."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socket import socket
from typing import Any
from uuid import uuid5

import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local import ports
from libs.events.contracts import Event
from libs.events.fast import Fast
from libs.events.postgres import PostgresStore
from libs.events.runtime import read_only
from libs.events.schema import upgrade
from libs.events.store import Consumed
from services.metrics.app import reader
from services.metrics.projections import Projection
from services.metrics.reading import over
from services.metrics.settings import Settings
from tests.unit.metrics.histories import MATTER, START, fact, happened

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no browser: install Debian's chromium (apt-get install chromium) or put one of {} on the PATH"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
"""Nothing but the page itself may be fetched."""


@dataclass(frozen=True)
class Browser:
    """Headless Chromium with an empty profile for each look."""

    program: str
    folder: Path

    async def dom(self, url: str) -> str:
        """The document as the browser understood it."""
        return (await self._run("--dump-dom", url)).decode()

    async def picture(self, url: str, name: str, size: str = "1280,1400") -> Path:
        """A screenshot; it stays in the folder to be looked at."""
        file = self.folder / f"{name}.png"
        await self._run(f"--screenshot={file}", f"--window-size={size}", url)
        return file

    async def _run(self, *arguments: str) -> bytes:
        profile = self.folder / f"profile-{len(list(self.folder.iterdir()))}"
        command = (
            self.program,
            *QUIET,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=5000",
            *arguments,
        )
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(90):
                out, _ = await process.communicate()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        assert process.returncode == 0
        return out


@pytest.fixture(scope="session")
def program() -> str:
    """Return the browser on the PATH; root on Debian gets one installed."""
    found = _found()
    if found is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-noto-cjk"]):
            subprocess.run([apt, *arguments], check=False, env=environment, capture_output=True, timeout=600)
        found = _found()
    if found is None:
        pytest.fail(MISSING.format(", ".join(NAMES)))
    return found


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture
def browser(program: str, tmp_path: Path) -> Browser:
    """Return a browser whose pictures go to `BIHUAN_PICTURES`, or to the test's own folder."""
    folder = Path(os.environ.get("BIHUAN_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return Browser(program, folder)


@pytest.fixture
async def site(database: str) -> AsyncIterator[str]:
    """Return the address of metrics, open as the local stack opens it, with a small city in it."""
    await upgrade(database, "services.metrics.migrations")
    store = PostgresStore(database, None)
    async with store.begin() as transaction:
        await Projection().apply(transaction, [event for story in _city() for event in story])
        await transaction.move([Consumed("case.dispatch", 0, 0, 1200, 1)])
    settings = Settings(open_pages=True, port=ports.free())
    async with _served(
        read_only(reader(settings), settings, over(store, open_pages=True)), settings.port
    ) as url:
        yield url
    await store.close()


class Server(uvicorn.Server):
    """Leaves the signals of the test run alone, and says when it listens."""

    def __init__(self, app: FastAPI, port: int) -> None:
        super().__init__(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(app: FastAPI, port: int) -> AsyncIterator[str]:
    server = Server(app, port)
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


WALK = (
    "intake.report_submitted", "intake.report_approved", "intake.case_filed",
    "dispatch.case_received", "dispatch.case_dispatched", "dispatch.return_requested",
    "dispatch.return_approved", "dispatch.assignment_returned", "dispatch.case_dispatched",
    "dispatch.assignment_signed", "dispatch.case_handed_to_mediation",
    "mediation.dispute_registered", "mediation.mediation_accepted", "mediation.session_held",
)  # fmt: skip
UNITS = ("unit-housing", "unit-traffic", "unit-greening", "unit-water")


def _city() -> list[list[Fast]]:
    """Sixty cases over three months, some disputes, one matter that walks through all stages."""
    stories = []
    for number in range(60):
        at = START + timedelta(days=1.5 * number)
        channel = ("01", "02", "03", "06")[number % 4]
        facts: list[Event] = [
            fact(
                "dispatch.case_received", case_no=f"64020220200302{number:06d}", filed_at=at, channel=channel
            ),
            *([fact("dispatch.case_dispatched", lead=UNITS[number % 3])] if number % 13 else []),
            *([fact("dispatch.assignment_signed")] if number % 13 and number % 7 else []),
            *([fact("dispatch.case_closed", closed_at=at)] if number % 13 and number % 7 else []),
        ]
        stories.append(happened(facts, uuid5(MATTER, str(number)), at, source_system="register"))
    for number in range(12):
        kinds = ["dispute_registered", "mediation_accepted", "agreement_reached", "dispute_closed"]
        kinds = kinds[: 4 if number % 4 else 2]
        facts = [fact(f"mediation.{kind}") for kind in kinds]
        stories.append(happened(facts, uuid5(MATTER, f"dispute {number}"), START + timedelta(days=number)))
    changes: dict[str, dict[str, Any]] = {
        "mediation.dispute_registered": {"origin": "HAND_OVER", "hand_over_no": 1}
    }
    stories.append(happened([fact(kind, **changes.get(kind, {})) for kind in WALK]))
    return stories
