"""Publishing reference data: editions as ordinary events of intake's store, in one transaction or not at all.

Each stream holds one event for ever, so a compacted topic loses nothing: a chunk under the digest of its
content, an edition and a calendar revision under the edition's name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid5

from libs.events.contracts import Event
from libs.events.contracts.reference import (
    CalendarRevised,
    ChangedDay,
    ChunkRef,
    EditionPublished,
    RowsPublished,
)
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.errors import BihuanError, ConcurrencyConflict
from libs.events.stage import REFERENCE_PREFIX
from libs.events.store import Append, EventStore
from libs.reference import (
    ChangedDay as Changed,
)
from libs.reference import (
    Chunk,
    Fault,
    Header,
    Library,
    Manifest,
    Piece,
    Revision,
    Tables,
    prepared,
    validate,
)

ROLE = "ADM"
"""Who publishes is a system administrator (roles table)."""
ATTEMPTS = 5


class PackRefused(BihuanError):
    """The tables break rules; nothing of them is published. `faults` holds every one."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"the reference data breaks rules in {len(faults)} places")
        self.faults = tuple(faults)


class EditionTaken(BihuanError):
    """An edition of this name is published already, with another content."""

    def __init__(self, edition: str) -> None:
        super().__init__(f"the edition {edition} is published already with another content")
        self.edition = edition


@dataclass(frozen=True, slots=True)
class Published:
    """What became of an edition. `new` False: exactly this was there before. Chunks written and shared."""

    edition: str
    digest: str
    new: bool
    written: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Who publishes, when, and why. `revision`: its calendar replaces another's on open matters too."""

    by: str
    at: datetime
    note: str | None = None
    revision: Revision | None = None


async def publish(store: EventStore, tables: Tables, header: Header, notice: Notice) -> Published:
    """Store an edition and what it does not share with earlier ones, all or nothing.

    Publishing the same again changes nothing. Raises PackRefused, EditionTaken, Unavailable.
    """
    if faults := validate(tables, header):
        raise PackRefused(faults)
    manifest, pieces = prepared(tables, {**header, "note": notice.note or header.get("note", "")}, notice.by)
    for _ in range(ATTEMPTS):
        try:
            return await _published(store, manifest, pieces, notice)
        except ConcurrencyConflict:
            continue  # somebody published at the same moment: look again
    raise ConcurrencyConflict(manifest.edition)


async def _published(
    store: EventStore, manifest: Manifest, pieces: Sequence[Chunk], notice: Notice
) -> Published:
    facts = {stream_of(fact): fact for fact in _facts(manifest, pieces, notice)}
    known = await store.versions(list(facts))
    edition = stream_of(edition_fact(manifest))
    if edition in known:
        _require_same(await store.read(edition), manifest)
        if known.keys() >= facts.keys():
            return Published(manifest.edition, manifest.digest, new=False, shared=len(pieces))
    missing = {stream: fact for stream, fact in facts.items() if stream not in known}
    cause = _cause(manifest, notice)
    async with store.begin() as tx:
        await tx.append([Append(stream, 0, (fact,), (cause,)) for stream, fact in missing.items()])
    written = sum(isinstance(fact, RowsPublished) for fact in missing.values())
    shared = len({piece.digest for piece in pieces}) - written
    return Published(manifest.edition, manifest.digest, new=True, written=written, shared=shared)


def _require_same(history: Sequence[object], manifest: Manifest) -> None:
    for event in history:
        fact = getattr(event, "data", None)
        if isinstance(fact, EditionPublished) and fact.digest != manifest.digest:
            raise EditionTaken(manifest.edition)


def _facts(manifest: Manifest, pieces: Sequence[Chunk], notice: Notice) -> Iterator[Event]:
    """The edition last: whoever reads the topic in order knows it whole as soon as he hears of it."""
    for piece in pieces:
        yield RowsPublished(table=piece.table, digest=piece.digest, content=piece.content)
    yield edition_fact(manifest)
    if notice.revision is not None:
        yield revision_fact(notice.revision, notice.by)


def _cause(manifest: Manifest, notice: Notice) -> Cause:
    """The same edition always has the same command, whoever publishes it from wherever."""
    command = uuid5(EVENT_NAMESPACE, f"publish:{manifest.edition}:{manifest.digest}")
    return Cause(
        Actor(notice.by, manifest.city, ROLE),
        notice.at,
        command,
        command,
        jurisdiction=manifest.jurisdiction or None,
    )


def stream_of(fact: Event) -> str:
    """The one stream of a fact of reference data."""
    match fact:
        case RowsPublished(digest=name):
            return _stream("rows", name)
        case EditionPublished(edition=name):
            return _stream("edition", name)
        case CalendarRevised(edition=name):
            return _stream("calendar", name)
        case _:
            raise TypeError(f"{fact.kind} is no reference data")


def _stream(what: str, name: str) -> str:
    return f"{REFERENCE_PREFIX}-{uuid5(EVENT_NAMESPACE, f'{what}:{name}')}"


def edition_fact(manifest: Manifest) -> EditionPublished:
    """The manifest as it is told to everybody."""
    return EditionPublished(
        edition=manifest.edition,
        city=manifest.city,
        effective_at=manifest.effective_at,
        calendar_version=manifest.calendar_version,
        chunks=tuple(ChunkRef(table=it.table, digest=it.digest, rows=it.rows) for it in manifest.chunks),
        digest=manifest.digest,
        name=manifest.name or None,
        jurisdiction=manifest.jurisdiction or None,
        amber=manifest.amber,
        note=manifest.note,
        by=manifest.by or "system",
    )


def revision_fact(revision: Revision, by: str) -> CalendarRevised:
    """The revision as it is told to everybody."""
    return CalendarRevised(
        edition=revision.edition,
        old_calendar=revision.old_calendar,
        new_calendar=revision.new_calendar,
        source=revision.source,
        changed=tuple(_changed(it.day.isoformat(), it.was, it.now) for it in revision.changed),
        by=revision.by or by,
    )


def _changed(day: str, was: str, now: str) -> ChangedDay:
    return ChangedDay.model_validate({"day": day, "was": was, "now": now})


def learn(library: Library, fact: Event) -> None:
    """Put what was heard on the shelf. Raises ContentDiffers and EditionDiffers."""
    match fact:
        case RowsPublished():
            library.add_chunk(fact.digest, fact.table, fact.content)
        case EditionPublished():
            library.add_edition(_manifest(fact))
        case CalendarRevised():
            library.add_revision(_revision(fact))
        case _:
            raise TypeError(f"{fact.kind} is no reference data")


def _manifest(fact: EditionPublished) -> Manifest:
    return Manifest(
        edition=fact.edition,
        city=fact.city,
        effective_at=fact.effective_at,
        calendar_version=fact.calendar_version,
        chunks=tuple(Piece(it.table, it.digest, it.rows) for it in fact.chunks),
        digest=fact.digest,
        name=fact.name or "",
        jurisdiction=fact.jurisdiction or "",
        note=fact.note,
        by=fact.by,
        **({} if fact.amber is None else {"amber": fact.amber}),
    )


def _revision(fact: CalendarRevised) -> Revision:
    changed = tuple(Changed(date.fromisoformat(it.day), it.was, it.now) for it in fact.changed)
    return Revision(fact.edition, fact.old_calendar, fact.new_calendar, fact.source, changed, fact.by)
