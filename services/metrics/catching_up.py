"""Bring the fresh table from where it was folded to where live is, and let it take the live one's place."""

from collections.abc import Mapping, Sequence
from time import monotonic

from libs.events.errors import BihuanError, ConcurrencyConflict
from libs.events.kafka import end_offsets, read_partition
from libs.events.postgres.errors import translated
from libs.events.postgres.session import Connection, committed
from services.metrics import fresh, live, standing
from services.metrics.folding import Folder, Log, Message, Source, known
from services.metrics.stored import loaded, write

Standings = dict[int, standing.Standing]
"""By partition."""

ATTEMPTS = 50
"""How often live may move on between reading ahead and locking."""

Tail = dict[Source, list[Message]]
Waiting = tuple[Source, Message]


class BusyLog(BihuanError):
    """No quiet moment was found for the swap; nothing was changed."""


async def catch_up(log: Log, connection: Connection, standings: Standings, target: live.Target) -> None:
    """Fold the records between the standings and the target into the fresh table, in one transaction."""
    tail = await read_tail(log, standings, target.offsets)
    async with committed(connection):
        await apply(log, connection, standings, tail, target)


async def read_tail(log: Log, standings: Standings, end: Mapping[Source, int]) -> Tail:
    """The records from where the fresh table stands up to `end`."""
    tail: Tail = {}
    for source, offset in sorted(end.items()):
        start = _next(standings, source)
        if start < offset:
            pages = read_partition(log.bootstrap, *source, start, offset)
            tail[source] = [message async for page in pages for message in page]
    return tail


async def apply(
    log: Log, connection: Connection, standings: Standings, tail: Tail, target: live.Target
) -> None:
    """Fold a tail up to the target, inside a transaction of the caller, and move the standings."""
    due = {source: _up_to(messages, target.offsets[source]) for source, messages in tail.items()}
    waiting = [left for found in standings.values() for left in found.waiting]
    folder = Folder(log.topics, target.decisions)
    keys = {message[1] for messages in due.values() for message in messages}
    keys |= {message[1] for _, message in waiting}
    found = await loaded(connection, known(keys), fresh.FRESH)
    folder.matters.update({matter.encode(): state for matter, state in found.items()})
    for source, message in waiting:
        folder.take(source, [message])
    for source, messages in due.items():
        folder.take(source, messages)
    matters, left = folder.finish()
    if matters:
        await write(connection, matters, fresh.FRESH)
    await _move(connection, standings, target, left)


async def _move(
    connection: Connection,
    standings: Standings,
    target: live.Target,
    left: Sequence[Waiting],
) -> None:
    for source, offset in target.offsets.items():
        found = standings.setdefault(source[1], standing.Standing())
        found.events += offset - found.next.get(source, 0)
        found.next[source] = offset
    for partition, found in standings.items():
        found.waiting = [item for item in left if item[0][1] == partition]
    await standing.store(connection, standings.items())


def _next(standings: Standings, source: Source) -> int:
    found = standings.get(source[1])
    return found.next.get(source, 0) if found else 0


def _up_to(messages: Sequence[Message], end: int) -> list[Message]:
    return [message for message in messages if message[0] < end]


async def swap(log: Log, connection: Connection, standings: Standings) -> float:
    """Catch up and swap under one short lock; milliseconds it was held. Raises BusyLog.

    The last records are read before the lock is taken. If live moved past them meanwhile, again.
    """
    for _ in range(ATTEMPTS):
        await catch_up(log, connection, standings, await live.standing(connection))
        tail = await read_tail(log, standings, await end_offsets(log.bootstrap, log.topics))
        try:
            held = await _locked(log, connection, standings, tail)
        except ConcurrencyConflict:  # a reader holds the table, or live its offsets, for too long
            standings.update(await standing.stored(connection) or {})
            continue
        if held is not None:
            await fresh.drop_old(connection)
            return held
    raise BusyLog("live or a long reader is always faster; try again at a quieter time")


async def _locked(log: Log, connection: Connection, standings: Standings, tail: Tail) -> float | None:
    """Nobody moves an offset from here on. None when live is further than what was read ahead."""
    with translated():
        async with committed(connection):
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await fresh.keep_vacuum_out(connection)
            await connection.execute("SET LOCAL lock_timeout = '1s'")
            target = await live.standing(connection, locked=True)
            began = monotonic()
            if any(_reached(standings, tail, source) < end for source, end in target.offsets.items()):
                return None
            await apply(log, connection, standings, tail, target)
            await connection.execute("SET LOCAL lock_timeout = '100ms'")
            await fresh.swap(connection)
        return (monotonic() - began) * 1000


def _reached(standings: Standings, tail: Tail, source: Source) -> int:
    messages = tail.get(source)
    return messages[-1][0] + 1 if messages else _next(standings, source)
