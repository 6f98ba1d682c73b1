"""How a stage's facts get into its database: several appends, one statement."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime

from libs.events.duelist import earliest
from libs.events.groupcommit import GroupCommit
from libs.events.postgres.rows import Writing, write, writing
from libs.events.postgres.session import Pool
from libs.events.recording import Recorder
from libs.events.store import Answer, Append, VaultKey


class Writer:
    """Gathers the appends of a process.

    `committed` is called after each commit, with the first instant at which a moved clock asks for attention.
    """

    def __init__(
        self, writes: Pool, recorder: Recorder, committed: Callable[[datetime | None], None]
    ) -> None:
        self._writes = writes
        self._recorder = recorder
        self._committed = committed
        self._group = GroupCommit(self._write)

    async def append(
        self, appends: Sequence[Append], answer: Answer | None, keys: Sequence[VaultKey]
    ) -> None:
        """Store everything or nothing.

        Raises ConcurrencyConflict, KeyTaken, KeyRaced, Undecodable, Unavailable.
        """
        events = self._recorder.events(appends)
        piece = writing(appends, events, answer, keys)
        await self._group.do(piece, _claims(piece), len(events))

    async def _write(self, pieces: Sequence[Writing]) -> None:
        async with self._writes.use() as connection:
            await write(connection, pieces)
        self._committed(earliest(move for piece in pieces for move in piece.moved))

    async def close(self) -> None:
        """Wait until everything accepted so far is written or refused."""
        await self._group.close()


def _claims(piece: Writing) -> frozenset[Hashable]:
    """What no other piece of the same statement may want: streams, an answer's key, matters' first keys."""
    streams = [stream for stream, _ in piece.heads]
    asked = [(piece.answer.caller, piece.answer.key)] if piece.answer else []
    return frozenset([*streams, *asked, *(key.matter for key in piece.keys)])
