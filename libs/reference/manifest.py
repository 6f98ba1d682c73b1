"""What an edition is made of: the plain form of the fact `reference.edition_published`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from libs.reference.chunks import Chunk, chunks, digest_of
from libs.reference.tables import CALENDAR, RECORD, Header, Row, Table, Tables

AMBER = 70
"""Percent of a limit used at which a clock warns where a pack says nothing (lifecycles C5 rule 7)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One chunk of an edition by its name."""

    table: Table
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The chunks of an edition and what stands in its header. `digest` covers all but `note` and `by`."""

    edition: str
    city: str
    effective_at: datetime
    calendar_version: str
    chunks: tuple[Piece, ...]
    digest: str
    name: str = ""
    jurisdiction: str = ""
    amber: int = AMBER
    note: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day whose kind a new calendar changes; both are `WORKING` or `OFF`."""

    day: date
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Revision:
    """An edition's calendar replaced another: open matters compute their deadlines again."""

    edition: str
    old_calendar: str
    new_calendar: str
    source: str
    changed: tuple[ChangedDay, ...] = ()
    by: str | None = None


def prepared(tables: Tables, header: Header, by: str | None = None) -> tuple[Manifest, list[Chunk]]:
    """The manifest and the chunks of valid tables. What is wrong with tables says `validate`, not this."""
    pieces = chunks(tables)
    manifest = Manifest(
        edition=header["version"],
        city=header["city"],
        effective_at=datetime.fromisoformat(header["effective_at"]).astimezone(UTC),
        calendar_version=calendar_version(tables),
        chunks=tuple(Piece(chunk.table, chunk.digest, chunk.rows) for chunk in pieces),
        digest="",
        name=header.get("name", ""),
        jurisdiction=header.get("jurisdiction", ""),
        amber=int(header.get("amber") or AMBER),
        note=header.get("note") or None,
        by=by,
    )
    return replace(manifest, digest=digest(manifest)), pieces


def digest(manifest: Manifest) -> str:
    """SHA-256 over the header and the names of the chunks; the note and who published are no part of it."""
    content = {
        "edition": manifest.edition,
        "city": manifest.city,
        "name": manifest.name,
        "jurisdiction": manifest.jurisdiction,
        "effective_at": manifest.effective_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "calendar_version": manifest.calendar_version,
        "amber": manifest.amber,
        "chunks": _named(manifest.chunks),
    }
    return digest_of(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def calendar_row(record: Mapping[str, Any]) -> Row:
    """The row that carries a calendar's record: canonical JSON, days as text."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return {RECORD: text}


def calendar_record(tables: Tables) -> dict[str, Any]:
    """The record of the calendar in these tables, as `libs.worktime.records` reads it."""
    rows = tables.get(CALENDAR, ())
    found: dict[str, Any] = json.loads(rows[0][RECORD])
    return found


def calendar_version(tables: Tables) -> str:
    """The version of the calendar in these tables."""
    return str(calendar_record(tables)["version"])


def header_of(manifest: Manifest) -> dict[str, str]:
    """The header a manifest was made from."""
    return {
        "city": manifest.city,
        "name": manifest.name,
        "jurisdiction": manifest.jurisdiction,
        "version": manifest.edition,
        "effective_at": manifest.effective_at.isoformat(),
        "amber": str(manifest.amber),
        "note": manifest.note or "",
    }


def _named(pieces: Iterable[Piece]) -> Sequence[Sequence[str]]:
    return sorted([piece.table, piece.digest] for piece in pieces)
