"""Which matters a question is about, as SQL conditions. Pure: it builds statements and runs none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from libs.events.store import WAITING
from services.metrics.definitions import Conditions, Definition
from services.metrics.fold import PREFIXES
from services.metrics.rows import COLUMNS
from services.metrics.tables import EACH, assignments, form, matters, parked

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
    when = _column(definition, definition.cohort)
    conditions: list[Condition] = [_column(definition, flag) for flag in flags]
    if definition.of == "assignment":
        conditions.append(matters.c.sign_no.is_not(None))
    if chosen.begin is not None:
        conditions.append(when >= chosen.begin)
    if chosen.end is not None:
        conditions.append(when < chosen.end)
    org = _column(definition, definition.org)
    return [*conditions, *_one_of(org, chosen.orgs), *_common(chosen, org)]


def _column(definition: Definition, name: str) -> sa.ColumnElement[Any]:
    """The column of what is counted: of a matter, or of each of its assignments."""
    return assignments.c[name] if definition.of == "assignment" and name in EACH else matters.c[name]


def _counted_ones(definition: Definition) -> tuple[sa.FromClause, ...]:
    return (matters, assignments) if definition.of == "assignment" else (matters,)


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


def _common(chosen: Selection, *carriers: sa.ColumnElement[Any]) -> list[Condition]:
    sources = _one_of(matters.c.source_system, chosen.sources)
    return [*_one_of(matters.c.channel, chosen.channels), *sources, *_visible(chosen.visible_to, *carriers)]


def _visible(org: str | sa.BindParameter[str] | None, *carriers: sa.ColumnElement[Any]) -> list[Condition]:
    """Only matters that the organisation takes part in, unless the caller sees all (roles rule 3)."""
    if org is None:
        return []
    taking_part = dict.fromkeys((*CARRIERS, matters.c.area, matters.c.holder, *carriers))
    return [sa.or_(*(column == org for column in taking_part))]


def _one_of(column: sa.ColumnElement[Any], values: tuple[str, ...]) -> list[Condition]:
    """At most one condition: the column is one of the values, where NOBODY stands for none."""
    if not values:
        return []
    named = [column == value for value in values if value != NOBODY]
    return [sa.or_(*named, *([column.is_(None)] if NOBODY in values else []))]


def figures(definition: Definition, switch: str | None, chosen: Selection, by: By | None) -> sa.ClauseElement:
    """`key, numerator, denominator` per group; without `by` one row, with the versions that took part."""
    top = sa.and_(*(_column(definition, flag) for flag in definition.top(switch)))
    counts = (
        sa.func.count().filter(top).label("numerator"),
        sa.func.count().label("denominator"),
    )
    conditions = cohort(definition, definition.base(switch), chosen)
    if by is None:
        whole = sa.select(*counts, *_versions(definition))
        return whole.select_from(*_counted_ones(definition)).where(*conditions)
    key = group_key(definition, by).label("key")
    grouped = sa.select(key, *counts).select_from(*_counted_ones(definition)).where(*conditions)
    return grouped.group_by(key).order_by(key.asc().nulls_last())


def put_off(definition: Definition, flag: str, chosen: Selection) -> sa.ClauseElement:
    """How many of the selection were put off, and so are in no denominator (indicators E1 rule 13)."""
    conditions = cohort(definition, (flag,), chosen)
    return (
        sa.select(sa.func.count().label("deferred"))
        .select_from(*_counted_ones(definition))
        .where(*conditions)
    )


def _versions(definition: Definition) -> list[sa.ColumnElement[Any]]:
    """`policies, calendars`: the versions that the deadlines behind a figure were computed with."""
    columns = zip(("policies", "calendars"), definition.versions or (), strict=False)
    return [
        sa.func.array_agg(sa.distinct(_column(definition, column))).label(name) for name, column in columns
    ]


def group_key(definition: Definition, by: By) -> sa.ColumnElement[Any]:
    """The value that a group has in common; calendar groups are local (indicators E1 rule 5)."""
    if by == "org":
        return _column(definition, definition.org)
    if by == "channel":
        return matters.c.channel
    local = sa.func.timezone("UTC", _column(definition, definition.cohort)) + sa.literal(
        _LOCAL, sa.Interval()
    )
    return sa.func.to_char(local, _CALENDAR[by])


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: at most `limit` rows after the last one seen."""

    limit: int
    after: tuple[datetime, UUID, int] | None = None


NEWEST = ("opened_at", "matter")


def newest_first(chosen: Selection, page: Page) -> sa.ClauseElement:
    """The list of matters, by when they were opened; that never changes, so pages neither skip nor repeat."""
    opened, matter = (matters.c[name] for name in NEWEST)
    statement = sa.select(matters).where(*listed(chosen)).order_by(opened.desc(), matter.desc())
    if page.after is not None:
        statement = statement.where(sa.tuple_(opened, matter) < sa.tuple_(*page.after[:2]))
    return statement.limit(page.limit + 1)


def single(matter: UUID, visible_to: str | None) -> tuple[str, list[Any]]:
    """One matter, if the caller's organisation takes part in it.

    It comes with each record that holds it up, in a row of its own, or once without any.
    """
    sql, names = _single(limited=visible_to is not None)
    given = {"matter": matter, "org": visible_to, **{prefix: f"{prefix}-{matter}" for prefix in PREFIXES}}
    return sql, [given[name] for name in names]


@cache
def _single(*, limited: bool) -> tuple[str, Sequence[str]]:
    """Asked more often than anything else, so it is built and compiled once."""
    streams = [sa.bindparam(prefix, type_=sa.Text()) for prefix in PREFIXES]
    # As constants, which is how the index of what waits names them.
    states = [sa.literal_column(f"'{state}'", sa.Text()) for state in WAITING]
    stuck = matters.outerjoin(parked, sa.and_(parked.c.stream.in_(streams), parked.c.state.in_(states)))
    asked = matters.c.matter == sa.bindparam("matter", type_=sa.Uuid())
    visible = _visible(sa.bindparam("org", type_=sa.Text()) if limited else None)
    question = sa.select(matters, parked).select_from(stuck).where(asked, *visible)
    return form(question.order_by(parked.c.parked_at))


def counted(definition: Definition, flags: Conditions, chosen: Selection, page: Page) -> sa.ClauseElement:
    """The matters behind a figure, oldest first; of an assignment, each with its own row."""
    order = [_column(definition, name) for name in order_of(definition)]
    statement = sa.select(*_shown(definition)).select_from(*_counted_ones(definition))
    statement = statement.where(*cohort(definition, flags, chosen)).order_by(*order)
    if page.after is not None:
        statement = statement.where(sa.tuple_(*order) > sa.tuple_(*page.after[: len(order)]))
    return statement.limit(page.limit + 1)


def order_of(definition: Definition) -> tuple[str, ...]:
    """The columns that the matters behind a figure are ordered by; together they are unique."""
    number = ("sign_no",) if definition.of == "assignment" else ()
    return (definition.cohort, "matter", *number)


def _shown(definition: Definition) -> list[sa.ColumnElement[Any]]:
    return [_column(definition, name) for name in COLUMNS]
