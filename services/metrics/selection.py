"""Which matters a question is about, as SQL conditions. Pure: it builds statements and runs none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.metrics.definitions import Conditions, Definition
from services.metrics.tables import matters

By = Literal["org", "channel", "month", "quarter", "year"]
Side = Literal["numerator", "denominator"]
Condition = sa.ColumnElement[bool]
NOBODY = "-"
"""Asks for matters that no organisation holds, for example not dispatched yet; never a code of its own."""

CARRIERS = (matters.c.case_org, matters.c.dispute_org)
_LOCAL = timedelta(hours=8)
_CALENDAR = {"month": "YYYY-MM", "quarter": 'YYYY-"Q"Q', "year": "YYYY"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of a question; an empty one asks for everything. Values of one filter are alternatives.

    `visible_to`: only matters that this organisation takes part in (roles, rule 3).
    """

    begin: datetime | None = None
    end: datetime | None = None
    orgs: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    number: str | None = None
    visible_to: str | None = None


def cohort(definition: Definition, flags: Conditions, chosen: Selection) -> list[Condition]:
    """The matters of an indicator: filed in the period, in the state that the flags name."""
    when = matters.c[definition.cohort]
    conditions: list[Condition] = [matters.c[flag] for flag in flags]
    if chosen.begin is not None:
        conditions.append(when >= chosen.begin)
    if chosen.end is not None:
        conditions.append(when < chosen.end)
    return [*conditions, *_one_of(matters.c[definition.org], chosen.orgs), *_common(chosen)]


def listed(chosen: Selection) -> list[Condition]:
    """The matters of a list."""
    conditions: list[Condition] = [
        *_one_of(matters.c.status, chosen.statuses),
        *_one_of(matters.c.stage, chosen.stages),
        *_one_of(matters.c.holder, chosen.holders),
        *_common(chosen),
    ]
    if chosen.orgs:
        carried = (column == org for org in chosen.orgs if org != NOBODY for column in CARRIERS)
        nobody = [sa.and_(*(column.is_(None) for column in CARRIERS))] if NOBODY in chosen.orgs else []
        conditions.append(sa.or_(*carried, *nobody))
    if chosen.number is not None:
        conditions.append(sa.or_(matters.c.case_no == chosen.number, matters.c.dispute_no == chosen.number))
    return conditions


def _common(chosen: Selection) -> list[Condition]:
    sources = _one_of(matters.c.source_system, chosen.sources)
    return [*_one_of(matters.c.channel, chosen.channels), *sources, *_visible(chosen.visible_to)]


def _visible(org: str | None) -> list[Condition]:
    """Only matters that the organisation takes part in, unless the caller sees all (roles rule 3)."""
    if org is None:
        return []
    return [sa.or_(*(column == org for column in (*CARRIERS, matters.c.area, matters.c.holder)))]


def _one_of(column: sa.ColumnElement[Any], values: tuple[str, ...]) -> list[Condition]:
    """At most one condition: the column is one of the values, where NOBODY stands for none."""
    if not values:
        return []
    named = [column == value for value in values if value != NOBODY]
    return [sa.or_(*named, *([column.is_(None)] if NOBODY in values else []))]


def figures(definition: Definition, switch: str | None, chosen: Selection, by: By | None) -> sa.ClauseElement:
    """`key, numerator, denominator` per group, or one row without `by`."""
    top = sa.and_(*(matters.c[flag] for flag in definition.top(switch)))
    counts = (
        sa.func.count().filter(top).label("numerator"),
        sa.func.count().label("denominator"),
    )
    conditions = cohort(definition, definition.base(switch), chosen)
    if by is None:
        return sa.select(*counts).where(*conditions)
    key = group_key(definition, by).label("key")
    return sa.select(key, *counts).where(*conditions).group_by(key).order_by(key.asc().nulls_last())


def group_key(definition: Definition, by: By) -> sa.ColumnElement[Any]:
    """The value that a group has in common; calendar groups are local (indicators E1 rule 5)."""
    if by == "org":
        return matters.c[definition.org]
    if by == "channel":
        return matters.c.channel
    local = sa.func.timezone("UTC", matters.c[definition.cohort]) + sa.literal(_LOCAL, sa.Interval())
    return sa.func.to_char(local, _CALENDAR[by])


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: at most `limit` rows after the last one seen."""

    limit: int
    after: tuple[datetime, UUID] | None = None


def newest_first(chosen: Selection, page: Page) -> sa.ClauseElement:
    """The list of matters, by when they were opened; that never changes, so pages neither skip nor repeat."""
    opened, matter = matters.c.opened_at, matters.c.matter
    statement = sa.select(matters).where(*listed(chosen)).order_by(opened.desc(), matter.desc())
    if page.after is not None:
        statement = statement.where(sa.tuple_(opened, matter) < sa.tuple_(*page.after))
    return statement.limit(page.limit + 1)


def single(matter: UUID, visible_to: str | None) -> sa.ClauseElement:
    """One matter, if the caller's organisation takes part in it."""
    return sa.select(matters).where(matters.c.matter == matter, *_visible(visible_to))


def counted(definition: Definition, flags: Conditions, chosen: Selection, page: Page) -> sa.ClauseElement:
    """The matters behind a figure, oldest first."""
    when, matter = matters.c[definition.cohort], matters.c.matter
    statement = sa.select(matters).where(*cohort(definition, flags, chosen)).order_by(when, matter)
    if page.after is not None:
        statement = statement.where(sa.tuple_(when, matter) > sa.tuple_(*page.after))
    return statement.limit(page.limit + 1)
