"""However many questions a request puts to a slow database, its 503 leaves within three seconds (R10, F3).

The loop's clock is virtual, so the seconds are exact and nobody waits for them.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from libs.events.envelope import Envelope
from libs.events.groupcommit import GroupCommit
from libs.events.memory import MemoryStore
from libs.events.postgres.session import Guards
from libs.events.runtime import build
from libs.events.settings import Settings
from libs.events.store import Answer, Append, VaultKey
from tests.api.edge import ledger
from tests.api.edge.test_commands import post
from tests.simulation import virtual
from tests.waiting import hold

PATIENCE = 3.0


class Thawing(MemoryStore):
    """Answers a read just in time, and freezes again before the append."""

    async def read(self, stream: str) -> list[Envelope]:
        await hold(Guards("reads").deadline - 0.1)
        return await super().read(stream)

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        await GroupCommit[object](self._never).do(appends, frozenset())

    async def _never(self, _: object) -> None:
        await asyncio.Event().wait()


async def refused(folder: Path, path: str, body: object) -> tuple[int, str, float]:
    app = build(ledger.STAGE, ledger.settings(folder), store=Thawing())
    async with ledger.client(app) as http:
        began = asyncio.get_running_loop().time()
        answer = await post(http, path, body)
        return answer.status_code, answer.json()["code"], asyncio.get_running_loop().time() - began


def test_a_command_with_two_slow_questions_is_told_in_time(tmp_path: Path) -> None:
    status, code, seconds = virtual.run(refused(tmp_path, "/v1/cases", {"case_no": "A-1"}))
    assert (status, code) == (503, "deadline_exceeded")
    assert seconds < PATIENCE


def test_one_frozen_question_is_named_before_the_time_of_the_request_ends() -> None:
    """The cause (the database) is a better answer than the deadline, and the answer still has to travel."""
    told = Settings()
    assert Guards("reads").deadline < told.request_deadline < PATIENCE
    assert told.after_deadline < told.request_deadline
