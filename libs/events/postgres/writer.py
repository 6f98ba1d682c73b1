"""How a stage's facts get into its database: several appends, one statement."""

from collections.abc import Callable, Sequence

from libs.events.groupcommit import GroupCommit
from libs.events.postgres.rows import Writing, write, writing
from libs.events.postgres.session import Pool
from libs.events.recording import Recorder
from libs.events.store import Answer, Append


class Writer:
    """Gathers the appends of a process. `committed` is called after each commit."""

    def __init__(self, writes: Pool, recorder: Recorder, committed: Callable[[], None]) -> None:
        self._writes = writes
        self._recorder = recorder
        self._committed = committed
        self._group = GroupCommit(self._write)

    async def append(self, appends: Sequence[Append], answer: Answer | None) -> None:
        """Store everything or nothing. Raises ConcurrencyConflict, KeyTaken, Undecodable, Unavailable."""
        events = self._recorder.events(appends)
        piece = writing(appends, events, answer)
        streams = {stream for stream, _ in piece.heads}
        keys = {(answer.caller, answer.key)} if answer else set()
        await self._group.do(piece, frozenset(streams | keys), len(events))

    async def _write(self, pieces: Sequence[Writing]) -> None:
        async with self._writes.use() as connection:
            await write(connection, pieces)
        self._committed()

    async def close(self) -> None:
        """Wait until everything accepted so far is written or refused."""
        await self._group.close()
