"""Values that several facts share: instants, sealed text, attachments, codes."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints
from pydantic_core import to_jsonable_python

from libs.events.contracts._event import Value

_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "an instant must lie inside the calendar"
        raise ValueError(message) from error


def _canonical(moment: object) -> object:
    if not isinstance(moment, str):
        return moment
    if _CANONICAL.fullmatch(moment) is None:
        message = "an instant in a fact is UTC with microseconds and Z"
        raise ValueError(message)
    return datetime.fromisoformat(moment)


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, so that text order is time order."""
    here = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    if not here.microsecond:
        return here.isoformat(timespec="microseconds")[:-6] + "Z"
    text: str = to_jsonable_python(here)  # the same text in half the time; zeros alone it would leave out
    return text


_INSTANT_TEXT = PlainSerializer(instant_text, return_type=str)

Instant = Annotated[
    datetime,
    BeforeValidator(_canonical),
    AfterValidator(_aware),
    _INSTANT_TEXT,
    Field(json_schema_extra={"pattern": f"^{_CANONICAL.pattern}$"}),
]
"""A point in time as facts carry it. Text has one spelling, so every reader agrees what is an instant."""
OffsetInstant = Annotated[datetime, AfterValidator(_aware), _INSTANT_TEXT]
"""A point in time as callers of the HTTP interface may write it: RFC 3339 with any offset."""

OrgCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""An organisation's opaque code (codes-and-fields D1)."""
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
"""A person's opaque id; never a name or a phone number."""
GridCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{15}$")]
"""12-digit division code and 3-digit serial (codes-and-fields D1)."""
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}(\.[A-Z0-9]{1,8}){0,4}$")]
"""A category path of up to five levels, for example `2.EVENT.LITTER`."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

Channel = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "99"]
"""CH, source channel; 03 is the 12345 hotline (codes-and-fields D5)."""
BusinessType = Literal["01", "02", "03", "04", "05", "06"]
Urgency = Literal["1", "2", "3"]
Scale = Literal["01", "02", "03"]
Route = Literal["DISPATCH", "MEDIATION"]
DeclineReason = Literal["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08"]
"""D09 (supplement time-out) belongs to the supplement path."""
ReturnReason = Literal["B01", "B02", "B03", "B04", "B05", "B06"]
CaseOutcome = Literal["O1", "O2", "O3", "O4"]
SuspensionReason = Literal["H01", "H02", "H03", "H04", "H05", "H06"]
ReopenCause = Literal["UNSATISFIED", "HOTLINE_REFUSED", "RECURRENCE", "FALSE_CLOSURE"]
FailCause = Literal["F02", "F03", "F04", "F05", "F06", "F07", "F08"]
"""F01 (agreement reached) is a success and never a cause of failure."""
DisputeOutcome = Literal["RESOLVED", "UNRESOLVED", "OTHER_ROUTE"]
MediationType = Literal["1", "2", "3", "4", "5"]
Level = Literal["COMMUNITY", "STREET", "DISTRICT", "CITY"]
RiskColour = Literal["BLUE", "YELLOW", "ORANGE", "RED"]
Phase = Literal["BEFORE", "AFTER", "CHECK", "EVIDENCE"]

CallbackResult = Literal["1", "2", "3", "4", "5", "6"]
Satisfaction = Literal["0", "1", "2", "3", "4", "5"]
ClockName = Literal["REVIEW", "DISPATCH", "SIGN", "HANDLE", "CHECK", "CALLBACK", "PERIOD", "CONFIRMATION"]
"""What a limit is set on (codes-and-fields D2 slaSet; lifecycles C5)."""
ClockState = Literal["RUNNING", "PAUSED", "STOPPED"]
LimitText = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}(wd|wh|sd|d|h|min)$")]
"""An amount and its unit, as `libs.worktime.Limit` writes it."""
EditionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""The version of an edition of reference data, or of the calendar in it; `none` where nothing ruled."""

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Sealed(Value):
    """Text that may hold personal data: AES-256-GCM under the matter's own key (design section 5)."""

    sealed: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,16384}$")]
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Attachment(Value):
    """A file by reference: the bytes live in the attachment store, the hash lives here."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    sha256: Digest
    mime: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,64}$")]
    size: Count
    phase: Phase


class PauseSpan(Value):
    """A clock stood still; without `end` it stands still now, and goes on at `until` if that is planned."""

    start: Instant
    end: Instant | None = None
    until: Instant | None = None


class SlaClock(Value):
    """One clock of a matter as a fact leaves it: everything its deadline follows from, and the deadline.

    `due_at` is the instant of breach (exclusive), `warn_at` the instant of amber. Neither is there when no
    limit is set. `hours_of` names the organisation whose office hours count. `provisional`: the deadline
    lies after the newest holiday notice. The newest reading of a clock replaces the one before.
    """

    clock: ClockName
    state: ClockState
    started_at: Instant
    limit: LimitText | None = None
    extensions: tuple[LimitText, ...] | None = None
    pauses: tuple[PauseSpan, ...] | None = None
    stopped_at: Instant | None = None
    warn_at: Instant | None = None
    due_at: Instant | None = None
    warned: bool | None = None
    breached: bool | None = None
    provisional: bool | None = None
    hours_of: OrgCode | None = None
    policy_version: EditionName
    calendar_version: EditionName


class Moved(Value):
    """A deadline before and after it was computed again."""

    clock: ClockName
    old_due_at: Instant | None = None
    new_due_at: Instant | None = None
