"""A library is filled in any order; an edition exists once it is whole, and rules from its instant on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.reference import (
    Chunk,
    ContentDiffers,
    EditionDiffers,
    EditionMissing,
    Library,
    Manifest,
    Revision,
    build_library,
    prepared,
)
from libs.reference.library import add
from tests.unit.reference.packs import header, tables

NEW_YEAR = datetime(2025, 12, 31, 16, tzinfo=UTC)
Part = Chunk | Manifest
MANIFEST, CHUNKS = prepared(tables(), header())
PARTS: list[Part] = [MANIFEST, *CHUNKS]


def fill(library: Library, part: Part) -> None:
    if isinstance(part, Manifest):
        library.add_edition(part)
    else:
        library.add_chunk(part.digest, part.table, part.content)


@settings(max_examples=40)
@given(st.permutations(PARTS))
def test_an_edition_exists_once_it_is_whole_in_whatever_order_it_came(parts: list[Part]) -> None:
    library = Library()
    for part in parts[:-1]:
        fill(library, part)
        assert not library.knows("640202-2026.1")
        assert library.editions() == ()
        assert library.in_force(NEW_YEAR) is None
    fill(library, parts[-1])
    assert library.knows("640202-2026.1")
    assert library.awaited() == ()
    assert library.tables("640202-2026.1") == build_library(tables(), header()).tables("640202-2026.1")


def test_hearing_everything_twice_changes_nothing() -> None:
    library = build_library(tables(), header())
    for part in PARTS:
        fill(library, part)
    assert [edition.version for edition in library.editions()] == ["640202-2026.1"]


def test_an_edition_that_is_not_whole_is_awaited() -> None:
    library = Library()
    library.add_edition(MANIFEST)
    assert library.awaited() == ("640202-2026.1",)
    with pytest.raises(EditionMissing) as missing:
        library.edition("640202-2026.1")
    assert missing.value.name == "640202-2026.1"


@pytest.mark.parametrize(
    ("moment", "version"),
    [
        (NEW_YEAR - timedelta(microseconds=1), None),
        (NEW_YEAR, "640202-2026.1"),
        (NEW_YEAR + timedelta(days=30), "later"),
        (NEW_YEAR + timedelta(days=300), "later"),
    ],
)
def test_the_newest_effective_edition_rules(moment: datetime, version: str | None) -> None:
    library = build_library(tables(), header())
    start = (NEW_YEAR + timedelta(days=30)).isoformat()
    add(library, tables(), header(version="earlier", effective_at=start))
    add(library, tables(), header(version="later", effective_at=start))
    found = library.in_force(moment)
    assert (found.version if found else None) == version


def test_of_two_at_one_instant_the_later_published_rules_even_if_it_was_whole_first() -> None:
    first, pieces = prepared(tables(), header(version="first", name="别名"))
    second, _ = prepared(tables(), header(version="second"))
    other = tables()
    other["risks"].pop()
    awaited, rest = prepared(other, header(version="first"))
    library = Library()
    parts: list[Part] = [awaited, second, *pieces, *rest]
    for part in parts:
        fill(library, part)
    found = library.in_force(NEW_YEAR)
    assert found is not None
    assert found.version == "second"
    assert first.digest != awaited.digest


def test_a_chunk_that_is_not_what_its_name_says_is_refused() -> None:
    with pytest.raises(ContentDiffers):
        Library().add_chunk(CHUNKS[0].digest, CHUNKS[0].table, CHUNKS[0].content + " ")


@pytest.mark.parametrize(
    "broken",
    [
        replace(MANIFEST, amber=71),
        replace(MANIFEST, effective_at=NEW_YEAR + timedelta(days=1)),
        replace(MANIFEST, chunks=MANIFEST.chunks[1:]),
        replace(MANIFEST, digest="0" * 64),
    ],
)
def test_a_manifest_that_is_not_what_its_digest_says_is_refused(broken: Manifest) -> None:
    with pytest.raises(EditionDiffers):
        Library().add_edition(broken)


def test_a_name_belongs_to_one_edition() -> None:
    library = build_library(tables(), header())
    other, _ = prepared(tables(), header(amber="80"))
    with pytest.raises(EditionDiffers):
        library.add_edition(other)


def test_the_note_and_the_publisher_do_not_make_another_edition() -> None:
    noted, _ = prepared(tables(), header(note="更正"), by="admin-001")
    assert noted.digest == MANIFEST.digest


def test_a_revision_counts_once_its_edition_is_known() -> None:
    library = Library()
    revision = Revision("640202-2026.1", "cn-2025.1", "cn-2026.1", "国办发明电〔2025〕7号")
    library.add_revision(revision)
    assert library.revisions() == ()
    add(library, tables(), header())
    library.add_revision(revision)
    assert library.revisions() == (revision,)
