"""The live projector: what a consumed batch does to the read model, in the transaction of its offsets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from libs.events.codec import decode_fast
from libs.events.errors import Undecodable
from libs.events.fast import Fast
from libs.events.postgres.session import Connection
from libs.events.store import Consumed
from services.metrics.fold import fold, misplaced
from services.metrics.matter import Matter
from services.metrics.stored import (
    Kept,
    Look,
    loaded,
    look_at,
    matter_of,
    restored,
    rows_of,
    versions,
    write,
    write_at_once,
)

LIVE = "matters"


class Batch(Protocol):
    """The part of the inbox's transaction that a read model uses."""

    @property
    def connection(self) -> Connection: ...

    @property
    def kept(self) -> Kept: ...


class Projection:
    """Effects of the inbox (`libs.events.inbox`), also by its short way (`libs.events.swift`).

    An unknown kind stops the partition: a figure that leaves events out would be wrong unseen.
    """

    unknown: Literal["stop"] = "stop"

    def decode(self, record: bytes) -> Fast:
        """Raises Undecodable or UnknownKind."""
        return read(record)

    async def applied(self, tx: Batch, streams: Sequence[str]) -> dict[str, int]:
        """The newest folded version per stream, from the rows themselves: a swap cannot part them."""
        tx.kept.update(await rows_of(tx.connection, {matter_of(stream) for stream in streams}, LIVE))
        return versions(streams, tx.kept)

    async def apply(self, tx: Batch, envelopes: Sequence[Fast]) -> None:
        """Fold the batch in memory, then write each touched matter once."""
        await project(tx.connection, envelopes, tx.kept)
        tx.kept.clear()

    async def look(self, connection: Connection, streams: Sequence[str]) -> Look:
        """Everything that has to be known before a batch is folded, in one answer."""
        return await look_at(connection, streams, LIVE)

    async def at_once(
        self, connection: Connection, look: Look, events: Sequence[Fast], moves: Sequence[Consumed]
    ) -> bool:
        """Fold the batch over what was looked at; write rows and offsets in one statement, or nothing."""
        touched = {matter: restored(matter, stored) for matter, stored in look.kept.items()}
        fold_all(events, touched)
        return await write_at_once(connection, look, touched.values(), moves, LIVE)


def read(record: bytes) -> Fast:
    """One record as the fold takes it; a kind on a stream of another stage is nobody's fact."""
    event = decode_fast(record)
    if misplaced(event):
        raise Undecodable("stream")
    return event


async def project(connection: Connection, events: Sequence[Fast], kept: Kept) -> None:
    """Apply events, each the next of its stream, to the live matters; rows that were `kept` are not read."""
    if not events:
        return
    touched = await loaded(connection, {event.subject for event in events}, LIVE, kept)
    fold_all(events, touched)
    await write(connection, touched.values(), LIVE)


def fold_all(events: Iterable[Fast], matters: Mapping[str, Matter]) -> None:
    """Each event into its matter, in this order."""
    for event in events:
        fold(matters[event.subject], event)
