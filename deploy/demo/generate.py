"""Generates a register of exactly the published counts; every other value is drawn with a seed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from deploy.cities.chance import Chance
from deploy.cities.pack import City
from deploy.demo.lives import CASES, DISPUTES
from deploy.demo.recipe import Part, Register
from deploy.demo.worktime import DAY, WorkTime, between
from deploy.register.mapping import Kind

GeneratedRow = dict[str, str | datetime | list[str]]
HOTLINE = "03"
RECENT = 45 * DAY
"""Matters that are still open were mostly filed in the last 45 working days."""


@dataclass(frozen=True)
class Place:
    """What a row is drawn from: the register's weights, the communities, the chance."""

    register: Register
    communities: tuple[str, ...]
    grids: int
    chance: Chance

    def text(self, kind: str) -> str:
        return self.chance.one_of(self.register.texts[kind])

    def staff(self, org: str, count: int = 4) -> str:
        return f"{org}-{self.chance.between(1, count):02d}"


Fill = Callable[[GeneratedRow, str, Place], None]


def rows(city: City, register: Register, kind: Kind, chance: Chance) -> list[GeneratedRow]:
    """All rows of the register in order of filing, numbered by year."""
    communities = tuple(org.code for org in city.of_type("COMMUNITY"))
    place = Place(register, communities, city.grids_per_community, chance)
    drawn = [row for part in register.parts for row in _part(part, place, city.zone, kind)]
    first = "filed_at" if kind == "case" else "registered_at"
    drawn.sort(key=lambda row: _moment(row[first]))
    for number, row in enumerate(drawn, start=1):
        row["external_no"] = f"{register.prefix}{_moment(row[first]):%Y}{number:06d}"
    return drawn


def _part(part: Part, place: Place, zone: str, kind: Kind) -> Iterator[GeneratedRow]:
    time = between(part.first, part.last, zone)
    known, fill = (CASES, _fill_case) if kind == "case" else (DISPUTES, _fill_dispute)
    channels = iter(place.chance.weighted(part.channels, part.total))
    categories = iter(place.chance.weighted(place.register.weights, part.total))
    for life in _lives(part, place):
        row: GeneratedRow = {"channel": next(channels), "category": next(categories)}
        row |= _times(known[life], place, time, RECENT if life in place.register.open else time.minutes)
        _keep_season(row, place)
        fill(row, life, place)
        yield row


def _lives(part: Part, place: Place) -> Iterator[str]:
    yield from place.chance.weighted(place.register.completed, part.completed)
    yield from place.chance.weighted(place.register.open, part.total - part.completed)


def _times(steps: tuple[str, ...], place: Place, time: WorkTime, back: int) -> Mapping[str, datetime]:
    """Filed at most `back` working minutes before the end of the span, and never past it."""
    gaps = [1, *(place.chance.between(*place.register.minutes[step]) for step in steps[1:])]
    latest = time.minutes - sum(gaps) - 1
    minute = place.chance.between(max(0, latest - back), latest)
    moments = {}
    for step, gap in zip(steps, gaps, strict=True):
        minute += gap
        moments[step] = time.moment(minute, place.chance.between(0, 59))
    return moments


def _keep_season(row: GeneratedRow, place: Place) -> None:
    """Nobody reports snow in July: such a draw becomes something that happens all year."""
    seasons = place.register.seasons
    month = min(value for value in row.values() if isinstance(value, datetime)).month
    if month not in seasons.get(str(row["category"]), (month,)):
        row["category"] = place.chance.one_of(
            [code for code in place.register.weights if code not in seasons]
        )


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("the field holds no moment")
    return value


def _fill_case(row: GeneratedRow, life: str, place: Place) -> None:
    _place_case(row, place)
    right, wrong = place.register.units[str(row["category"])][:2]
    approved = life in {"RETURNED", "CLOSED_SENT_AGAIN"}
    if "dispatched_at" in row:
        first = wrong if approved else right
        row |= {"unit": first, "dispatched_by": place.staff("duty")}
    if "return_requested_at" in row:
        _fill_return(row, wrong if approved else right, right if approved else wrong, place)
    if "return_decided_at" in row:
        row |= {"return_decision": "APPROVED" if approved else "REJECTED", "return_decided_by": "duty-head"}
    if "redispatched_at" in row:
        row["redispatched_unit"] = right
    _fill_handling(row, right, place)


def _place_case(row: GeneratedRow, place: Place) -> None:
    community = place.chance.one_of(place.communities)
    row |= {"org_code": community, "grid_code": f"{community}{place.chance.between(1, place.grids):03d}"}
    row["urgency"] = "123"[max(0, place.chance.between(-16, 2))]


def _fill_return(row: GeneratedRow, holder: str, other: str, place: Place) -> None:
    row |= {"return_reason": place.chance.one_of(("B01", "B01", "B02", "B03", "B05"))}
    row |= {"return_basis": place.text("return_basis"), "suggested_unit": other}
    row["return_by"] = place.staff(holder)


def _fill_handling(row: GeneratedRow, unit: str, place: Place) -> None:
    if "signed_at" in row:
        row["person_in_charge"] = place.staff(unit)
    if "feedback_at" in row:
        row |= {"handled_by": place.staff(unit), "measures": place.text("measures")}
        row |= {
            "result": place.chance.one_of(("O1",) * 12 + ("O2", "O4")),
            "contacted_at": row["feedback_at"],
        }
    if "closed_at" in row:
        row |= {"closed_by": place.staff("closing"), "check": place.chance.one_of(("PASSED", "WAIVED"))}
        row["outcome"] = row["result"]
    if "reopened_at" in row:
        refused = ("HOTLINE_REFUSED",) if row["channel"] == HOTLINE else ()
        row["reopen_cause"] = place.chance.one_of(("UNSATISFIED", "RECURRENCE", *refused))
        row["reopened_by"] = place.staff("closing")


def _fill_dispute(row: GeneratedRow, life: str, place: Place) -> None:
    _place_dispute(row, place)
    committees = place.register.committees
    community = str(row["org_code"])
    committee = committees.get(str(row["category"]), committees.get("*", community))
    if "accepted_at" in row:
        row |= {"mediation_type": "1", "committee": committee, "accepted_by": place.staff("office")}
        row["initiated_by"] = place.chance.one_of(("PARTY", "PARTY", "COMMITTEE"))
    if "appointed_at" in row:
        pair = [f"mediator-{committee}-{number}" for number in (1, 2)]
        row |= {"mediators": pair[: place.chance.between(1, 2)], "chief": pair[0]}
    if "session_at" in row:
        row["attendees"] = str(place.chance.between(3, 8))
    if "agreed_at" in row:
        at_once = place.chance.one_of((True, False, False))
        row |= {"form": "ORAL" if at_once else "WRITTEN", "performed_at_once": "true" if at_once else "false"}
    _fill_end(row, life, place)


def _place_dispute(row: GeneratedRow, place: Place) -> None:
    community, people = place.chance.one_of(place.communities), place.chance.between(2, 9)
    row |= {"org_code": community, "level": "COMMUNITY", "registered_by": f"station-{community}"}
    row |= {"people_count": str(people), "party_count": "2", "scale": "01", "summary": place.text("summary")}
    row["risk"] = place.chance.one_of(("BLUE",) * 7 + ("YELLOW",) * 2 + ("ORANGE",))


_ENDS = {"AGREED": "RESOLVED", "SETTLED": "RESOLVED", "FAILED": "UNRESOLVED", "OTHER_ROUTE": "OTHER_ROUTE"}


def _fill_end(row: GeneratedRow, life: str, place: Place) -> None:
    if "failed_at" in row:
        cause = place.chance.one_of(("F03", "F04", "F05", "F05", "F06", "F07"))
        row["fail_cause"] = "F02" if life.startswith("SETTLED") else cause
    if "closed_at" in row:
        row |= {"outcome": _ENDS[life.removesuffix("_CLOSED")], "closed_by": place.staff("office")}
