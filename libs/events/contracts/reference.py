"""Facts on `case.reference`, stream `reference-<id>`: one fact per stream, so that compaction keeps them all.

Owner: services/intake. Rows travel as content-addressed chunks; an edition lists the chunks it is made of, so
what two editions share is stored and sent once.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from libs.events.contracts._event import Event, Value
from libs.events.contracts.values import Count, Digest, EditionName, Instant, OrgCode, UserId

TableName = Literal[
    "organisations",
    "grids",
    "posts",
    "people",
    "categories",
    "duty",
    "limits",
    "codes",
    "risks",
    "local_days",
    "calendar",
]
Percent = Annotated[int, Field(ge=1, le=100)]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class ChunkRef(Value):
    """A piece of one table by the SHA-256 of its content."""

    table: TableName
    digest: Digest
    rows: Count


class ChangedDay(Value):
    """A day whose kind a new calendar changes."""

    day: Day
    was: Literal["WORKING", "OFF"]
    now: Literal["WORKING", "OFF"]


class RowsPublished(Event, kind="reference.rows_published"):
    """One chunk: canonical JSON, one row a line; its SHA-256 is its name."""

    table: TableName
    digest: Digest
    content: str


class EditionPublished(Event, kind="reference.edition_published"):
    """A complete set of reference data in force from an instant on, until a later edition is.

    `amber` is the percentage of a limit at which its clock warns, where the limit itself says nothing.
    """

    edition: EditionName
    city: OrgCode
    effective_at: Instant
    calendar_version: EditionName
    chunks: tuple[ChunkRef, ...]
    digest: Digest
    name: str | None = None
    jurisdiction: str | None = None
    amber: Percent | None = None
    note: str | None = None
    by: UserId


class CalendarRevised(Event, kind="reference.calendar_revised"):
    """A calendar replaced another: stages compute the deadlines of open matters again (C5 rule 3)."""

    edition: EditionName
    old_calendar: EditionName
    new_calendar: EditionName
    source: str
    changed: tuple[ChangedDay, ...]
    by: UserId
