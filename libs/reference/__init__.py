"""Reference data as editions: organisation tree, grids, people, categories, limits, calendar. Pure.

Whoever publishes asks `validate` first; whoever reads holds a `Library` and asks its editions.
"""

from libs.reference.chunks import Chunk, ContentDiffers, chunks
from libs.reference.comparing import compare
from libs.reference.edition import Edition
from libs.reference.faults import Fault
from libs.reference.library import EditionDiffers, EditionMissing, Library, build_library
from libs.reference.manifest import ChangedDay, Manifest, Piece, Revision, prepared
from libs.reference.rows import Rule
from libs.reference.tables import COLUMNS, TABLES, Header, Row, Table, Tables
from libs.reference.validation import validate

__all__ = [
    "COLUMNS",
    "TABLES",
    "ChangedDay",
    "Chunk",
    "ContentDiffers",
    "Edition",
    "EditionDiffers",
    "EditionMissing",
    "Fault",
    "Header",
    "Library",
    "Manifest",
    "Piece",
    "Revision",
    "Row",
    "Rule",
    "Table",
    "Tables",
    "build_library",
    "chunks",
    "compare",
    "prepared",
    "validate",
]
