"""What a process knows of reference data: editions, the chunks they share, and calendar revisions.

It is filled from `case.reference` in any order. An edition exists once its manifest and all its chunks are
there and agree with each other; until then nobody can see it. No I/O, and one thread.
"""

import json
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from datetime import datetime

from libs.reference.chunks import Chunk, rows_of
from libs.reference.edition import Edition
from libs.reference.manifest import Manifest, Revision, digest, prepared
from libs.reference.tables import CALENDAR, RECORD, Header, Row, Table, Tables
from libs.worktime import Calendar
from libs.worktime.records import calendar_from


class EditionMissing(LookupError):
    """An edition was named that this process does not know, or does not know whole."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the edition {name} of the reference data is not known here")
        self.name = name


class EditionDiffers(ValueError):
    """A manifest does not hash to its digest, or its name is taken by another."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the edition {name} is not what its digest says, or its name is taken by another")
        self.name = name


@dataclass
class Library:
    """Editions by name and by the instant they rule from."""

    _chunks: dict[str, Chunk] = field(default_factory=dict)
    _calendars: dict[str, Calendar] = field(default_factory=dict)
    _heard: dict[str, int] = field(default_factory=dict)
    _awaited: dict[str, Manifest] = field(default_factory=dict)
    _editions: dict[str, Edition] = field(default_factory=dict)
    _ruling: list[Edition] = field(default_factory=list)
    _revisions: dict[str, Revision] = field(default_factory=dict)

    def add_chunk(self, digest: str, table: Table, content: str) -> None:
        """A chunk heard of. Raises ContentDiffers. The same chunk again changes nothing."""
        if digest in self._chunks:
            return
        chunk = Chunk(table, digest, content, content.count("\n") + 1)
        chunk.verify()
        self._chunks[digest] = chunk
        for manifest in list(self._awaited.values()):
            self._complete(manifest)

    def add_edition(self, manifest: Manifest) -> None:
        """A manifest heard of. Raises EditionDiffers. The same edition again changes nothing."""
        known = self._manifest(manifest.edition)
        if not _sound(manifest) or (known is not None and known.digest != manifest.digest):
            raise EditionDiffers(manifest.edition)
        if known is None:
            self._heard[manifest.edition] = len(self._heard)
            self._awaited[manifest.edition] = manifest
            self._complete(manifest)

    def add_revision(self, revision: Revision) -> None:
        """A calendar revision heard of; it counts once its edition is known whole."""
        self._revisions.setdefault(revision.edition, revision)

    def edition(self, name: str) -> Edition:
        """Raises EditionMissing."""
        try:
            return self._editions[name]
        except KeyError:
            raise EditionMissing(name) from None

    def knows(self, name: str) -> bool:
        """True when this edition is known whole."""
        return name in self._editions

    def in_force(self, at: datetime) -> Edition | None:
        """The edition that rules at an instant: the newest effective one, of two the later published."""
        index = bisect_right(self._ruling, at, key=lambda edition: edition.effective_at)
        return self._ruling[index - 1] if index else None

    def editions(self) -> tuple[Edition, ...]:
        """Every edition that is known whole, in the order in which they come to rule."""
        return tuple(self._ruling)

    def awaited(self) -> tuple[str, ...]:
        """Editions announced whose chunks have not all been heard of."""
        return tuple(self._awaited)

    def revisions(self) -> tuple[Revision, ...]:
        """The calendar revisions whose edition is known whole, in the order they were heard of."""
        return tuple(it for it in self._revisions.values() if it.edition in self._editions)

    def holds(self, digest: str) -> bool:
        """True when this chunk has been heard of."""
        return digest in self._chunks

    def tables(self, name: str) -> dict[Table, list[Row]]:
        """The raw rows of an edition, for a comparison or an export. Raises EditionMissing."""
        found: dict[Table, list[Row]] = {}
        for piece in self.edition(name).manifest.chunks:
            found.setdefault(piece.table, []).extend(self._read(piece.digest))
        return found

    def _manifest(self, name: str) -> Manifest | None:
        edition = self._editions.get(name)
        return edition.manifest if edition else self._awaited.get(name)

    def _complete(self, manifest: Manifest) -> None:
        """Let the edition exist if nothing of it is missing any more."""
        if not all(piece.digest in self._chunks for piece in manifest.chunks):
            return
        calendar = next(piece.digest for piece in manifest.chunks if piece.table == CALENDAR)
        edition = Edition(manifest, lambda table: self._table(manifest, table), self._calendar(calendar))
        del self._awaited[manifest.edition]
        self._editions[manifest.edition] = edition
        insort(self._ruling, edition, key=lambda known: (known.effective_at, self._heard[known.version]))

    def _table(self, manifest: Manifest, table: Table) -> list[Row]:
        pieces = [piece.digest for piece in manifest.chunks if piece.table == table]
        return [row for name in pieces for row in self._read(name)]

    def _read(self, name: str) -> list[Row]:
        """The rows of a chunk; parsed again each time, because a table is read once per edition."""
        return rows_of(self._chunks[name])

    def _calendar(self, name: str) -> Calendar:
        if name not in self._calendars:
            self._calendars[name] = calendar_from(json.loads(self._read(name)[0][RECORD]))
        return self._calendars[name]


def _sound(manifest: Manifest) -> bool:
    has_calendar = any(piece.table == CALENDAR for piece in manifest.chunks)
    return has_calendar and digest(manifest) == manifest.digest


def build_library(tables: Tables, header: Header) -> Library:
    """A library of this one edition. The tables must be valid."""
    library = Library()
    add(library, tables, header)
    return library


def add(library: Library, tables: Tables, header: Header) -> Edition:
    """Publish an edition into this library only."""
    manifest, pieces = prepared(tables, header)
    for chunk in pieces:
        library.add_chunk(chunk.digest, chunk.table, chunk.content)
    library.add_edition(manifest)
    return library.edition(manifest.edition)
