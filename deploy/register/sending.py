"""Sends batches of rows to a stage: several in flight, each under its own key, answers in file order."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from deploy.register.translate import Translated

IN_FLIGHT = 4
MOST_BYTES = 900_000
"""Below the edge's limit of 1 MiB for a body."""
PATIENCE = 90.0
"""Seconds during which an unavailable stage is asked again."""


class SendingError(Exception):
    """The stage refuses the import as a whole, or stays away; what was imported stays imported."""


@dataclass
class Batch:
    """Consecutive rows of the file: those to send, and those that failed already."""

    index: int
    rows: list[Translated] = field(default_factory=list)
    failed: list[Translated] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, translated: Translated) -> None:
        if translated.row is None:
            self.failed.append(translated)
            return
        document = translated.row.model_dump_json(exclude_unset=True, exclude_none=True)
        self.rows.append(translated)
        self.documents.append(document)
        self.size += len(document.encode()) + 1

    def body(self, source_system: str) -> bytes:
        rows = ",".join(self.documents)
        return f'{{"source_system":{json.dumps(source_system)},"rows":[{rows}]}}'.encode()


@dataclass(frozen=True)
class Sent:
    """A batch with its answer. A replayed answer means that an earlier run did the work."""

    batch: Batch
    imported: int
    already: int
    rejected: list[dict[str, Any]]


@dataclass(frozen=True)
class Target:
    """Where to: the stage's import endpoint, the token, the register's name, what the keys begin with."""

    client: httpx.AsyncClient
    path: str
    token: str
    source_system: str
    run: str

    def key(self, batch: Batch, body: bytes) -> str:
        """The same file, mapping and cut always give the same key, so every run can be repeated.

        The body takes part because a row that lay in the future in the first run may be sent in the second.
        """
        name = f"{self.run}/{batch.index}/{sha256(body).hexdigest()}"
        return f"import-{sha256(name.encode()).hexdigest()[:40]}"


def batches(rows: Iterable[Translated], most: int) -> Iterator[Batch]:
    """The file cut into batches of at most `most` rows and 900 kB; the cuts depend on nothing else."""
    batch = Batch(0)
    for translated in rows:
        if len(batch.rows) + len(batch.failed) >= most or batch.size >= MOST_BYTES:
            yield batch
            batch = Batch(batch.index + 1)
        batch.add(translated)
    if batch.rows or batch.failed:
        yield batch


async def send_all(target: Target, waiting: Iterable[Batch]) -> AsyncIterator[Sent]:
    """Every batch, at most four in flight; answers come in the order of the file."""
    flying: deque[asyncio.Task[Sent]] = deque()
    try:
        for batch in waiting:
            flying.append(asyncio.create_task(send(target, batch)))
            if len(flying) >= IN_FLIGHT:
                yield await flying.popleft()
            else:
                await asyncio.sleep(0)
        while flying:
            yield await flying.popleft()
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)


async def send(target: Target, batch: Batch) -> Sent:
    """One batch, asked again under the same key while the stage is away or too busy."""
    if not batch.rows:
        return Sent(batch, 0, 0, [])
    body, pause = batch.body(target.source_system), 0.1
    headers = {
        "authorization": f"Bearer {target.token}",
        "content-type": "application/json",
        "idempotency-key": target.key(batch, body),
    }
    trouble, deadline = "", asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        try:
            answer = await target.client.post(target.path, content=body, headers=headers)
        except httpx.TransportError as error:
            trouble = type(error).__name__
        else:
            if answer.status_code == httpx.codes.OK:
                return _sent(batch, answer, lost=bool(trouble))
            trouble = _refusal(answer)
            if answer.status_code not in (408, 429, 503):
                raise SendingError(trouble)
        await asyncio.sleep(pause)
        pause = min(2 * pause, 5.0)
    raise SendingError(f"the stage did not answer for {PATIENCE:.0f} s: {trouble}")


def _sent(batch: Batch, answer: httpx.Response, *, lost: bool) -> Sent:
    """A replayed answer is the work of an earlier run, unless it is the answer that this run lost."""
    document = answer.json()
    imported, already = document["imported"], document["already"]
    if "idempotency-replayed" in answer.headers and not lost:
        imported, already = 0, imported + already
    return Sent(batch, imported, already, document["rejected"])


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return (
            f"{answer.status_code} {problem['code']}: {problem['title']} {problem.get('errors', '')}".strip()
        )
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code}"
