"""What questions look like in an address.

A parameter that is not known is refused, never ignored: a mistyped filter would otherwise answer with a
figure about something else.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from libs.events.contracts.values import Channel
from libs.events.problems import Problem, Wrong
from services.metrics.periods import Period, named
from services.metrics.selection import By, Selection, Side

LIMIT = 200
Org = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63}|-)$")]
"""An organisation's code, or `-` for matters that no organisation carries."""
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,128}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z_]{1,32}$")]
Positions = Annotated[list[str], Field(max_length=8)]
Several: Any = Field(default_factory=list, max_length=50)


class Question(BaseModel):
    """Filters that every question takes. Repeated parameters are alternatives."""

    model_config = ConfigDict(extra="forbid")

    after: Positions = Field(default_factory=list, description="Wait for `<stream>@<version>`, repeatable")
    org: list[Org] = Several
    channel: list[Channel] = Several
    source: list[Text] = Several


class Paged(Question):
    """A question whose answer comes in pages."""

    limit: int = Field(50, ge=1, le=LIMIT)
    cursor: str | None = Field(None, max_length=256)


class OfPeriod(Question):
    """A question about what entered in a period, half-open, in local days."""

    from_: date | None = Field(None, alias="from", description="First local day")
    to: date | None = Field(None, description="First local day after the period")
    period: Text | None = Field(None, description="`2020`, `2020-Q1` or `2020-03` in place of from and to")
    switch: Text | None = Field(None, description="Named alternative of the denominator")

    def selection(self, visible_to: str | None) -> Selection:
        """The matters asked for. Raises Problem for a period that is none."""
        begin, end = self._period().instants()
        return Selection(
            begin=begin,
            end=end,
            orgs=tuple(self.org),
            channels=tuple(self.channel),
            sources=tuple(self.source),
            visible_to=visible_to,
        )

    def _period(self) -> Period:
        if self.period is None:
            if self.from_ is not None and self.to is not None and self.from_ >= self.to:
                raise wrong("out_of_range", "to")
            return Period(self.from_, self.to)
        chosen = named(self.period)
        if chosen is None or self.from_ is not None or self.to is not None:
            raise wrong("bad_format", "period")
        return chosen


class Figures(OfPeriod):
    """One indicator, whole and by group."""

    by: By | None = None
    decimals: int | None = Field(None, ge=0, le=4)


class Behind(OfPeriod, Paged):
    """The matters behind one side of a figure."""

    side: Side = "denominator"


class Matters(Paged):
    """The list of matters."""

    status: list[Code] = Several
    stage: list[Literal["intake", "dispatch", "mediation"]] = Several
    holder: list[Org] = Several
    number: Text | None = Field(None, description="The case or dispute number that people read")

    def selection(self, visible_to: str | None) -> Selection:
        """The matters asked for."""
        return Selection(
            orgs=tuple(self.org),
            channels=tuple(self.channel),
            sources=tuple(self.source),
            statuses=tuple(self.status),
            stages=tuple(self.stage),
            holders=tuple(self.holder),
            number=self.number,
            visible_to=visible_to,
        )


class One(BaseModel):
    """A question about one matter."""

    model_config = ConfigDict(extra="forbid")

    after: Positions = Field(default_factory=list, description="Wait for `<stream>@<version>`, repeatable")


def wrong(code: str, parameter: str) -> Problem:
    """A parameter that is well-formed and still makes no sense."""
    return Problem("fields_wrong", wrong=(Wrong(code, parameter=parameter),))
