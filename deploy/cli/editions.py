"""What a command may name: a pack folder, a city that is grown, or a published edition."""

from datetime import datetime
from pathlib import Path

from deploy.cities import grow, pack
from deploy.local.problem import Problem
from deploy.packs import Pack, read_pack
from libs.events.publications import Publications
from libs.reference import Edition, EditionMissing, Fault, Manifest, build_library, prepared
from libs.reference.manifest import header_of
from libs.reference.tables import CALENDAR, PACK_FILE


def named(text: str) -> Pack | None:
    """The pack of a folder, or of a city that the product ships; None when the text names neither."""
    if text in pack.cities():
        grown = grow.grow(text)
        return Pack(dict(grown.header), {table: list(rows) for table, rows in grown.tables.items()})
    folder = Path(text)
    return read_pack(folder) if folder.is_dir() else None


def unpublished(text: str) -> Pack:
    """The same; Problem when the text names neither a folder nor a city."""
    found = named(text)
    if found is None:
        raise Problem(f"{text} is no folder and no city.", f"Cities: {', '.join(pack.cities())}.")
    return found


def of_version(publications: Publications, version: str) -> Pack:
    """A published edition as a pack. Raises Problem."""
    try:
        edition = publications.library.edition(version)
    except EditionMissing:
        raise Problem(f"No edition {version} is published.", "See: bihuan reference history") from None
    return Pack(header_of(edition.manifest), publications.library.tables(version))


def edition_of(pack: Pack) -> Edition:
    """The edition that a pack would be. Raises Problem when it breaks a rule."""
    if pack.faults():
        raise Problem("The pack breaks rules.", "See: bihuan reference validate")
    return build_library(pack.tables, pack.header).edition(pack.header["version"])


def known_names(publications: Publications) -> set[str]:
    """The names of editions and calendars that are taken."""
    found = publications.library.editions()
    return {edition.version for edition in found} | {edition.calendar_version for edition in found}


def coming(publications: Publications, at: datetime) -> list[str]:
    """Editions that are published and not yet in force."""
    return [it.version for it in publications.library.editions() if it.effective_at > at]


def taken(pack: Pack, publications: Publications) -> list[Fault]:
    """A version names one content for ever: of the edition, and of the calendar that clocks were set by."""
    manifest, _ = prepared(pack.tables, pack.header)
    known = {edition.version: edition.manifest for edition in publications.library.editions()}
    found = []
    if manifest.edition in known and known[manifest.edition].digest != manifest.digest:
        found.append(Fault(PACK_FILE, 0, "version", "version_taken", manifest.edition))
    calendars = {_calendar(it) for it in known.values() if it.calendar_version == manifest.calendar_version}
    if calendars - {_calendar(manifest)}:
        found.append(Fault(PACK_FILE, 0, "calendar.version", "version_taken", manifest.calendar_version))
    return found


def _calendar(manifest: Manifest) -> str:
    return next(piece.digest for piece in manifest.chunks if piece.table == CALENDAR)
