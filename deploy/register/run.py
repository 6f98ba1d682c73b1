"""One import from the file to its report. Memory is bounded by a few batches and one text per row."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import httpx

from deploy.register.mapping import RegisterMap
from deploy.register.report import Report
from deploy.register.sending import IN_FLIGHT, Batch, Target, batches, send_all
from deploy.register.sheet import Sheet, open_sheet
from deploy.register.translate import Translated, Translator

NOUNS = {"case": "cases", "dispute": "disputes"}


@dataclass(frozen=True)
class Job:
    """What to import, as whom, and where the report goes."""

    file: Path
    mapping: RegisterMap
    url: str
    token: str
    report: Path
    now: datetime
    batch: int = 500


@dataclass
class Tally:
    """How an import ended. `last` are the batches that may have been stored last."""

    rows: int = 0
    imported: int = 0
    already: int = 0
    rejected: int = 0
    last: deque[Batch] = field(default_factory=lambda: deque(maxlen=IN_FLIGHT))


Progress = Callable[[Tally, int], None]
"""Is told the tally so far and about how many rows the file has."""


async def run(job: Job, progress: Progress, *, client: httpx.AsyncClient) -> Tally:
    """Import the register. Raises SheetError and MappingError before anything is sent, and SendingError."""
    sheet = open_sheet(job.file, job.mapping.encoding, job.mapping.sheet)
    job.mapping.fit(sheet.header)
    target, tally = _target(job, sheet, client), Tally()
    with Report(job.report) as report:
        async for sent in send_all(target, batches(_translated(job, sheet), job.batch)):
            tally.rows += len(sent.batch.rows) + len(sent.batch.failed)
            tally.imported += sent.imported
            tally.already += sent.already
            tally.rejected += report.add(sent)
            tally.last.append(sent.batch)
            progress(tally, max(sheet.about, tally.rows))
    return tally


async def run_alone(job: Job, progress: Progress) -> Tally:
    """The same with a connection pool of its own."""
    async with httpx.AsyncClient(base_url=job.url, timeout=30.0) as client:
        return await run(job, progress, client=client)


def _target(job: Job, sheet: Sheet, client: httpx.AsyncClient) -> Target:
    identity = sha256(f"{sheet.digest}/{job.mapping.digest}/{job.batch}".encode()).hexdigest()
    path = f"/v1/{NOUNS[job.mapping.kind]}/import"
    return Target(client, path, job.token, job.mapping.source_system, identity)


def _translated(job: Job, sheet: Sheet) -> Iterator[Translated]:
    translator = Translator(job.mapping, sheet.header, job.now)
    return (translator.translate(number, cells) for number, cells in sheet.rows())
