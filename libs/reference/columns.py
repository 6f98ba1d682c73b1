"""What may stand in each column of a pack, field by field; what they say together is checked elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from libs.reference import fields
from libs.reference.fields import EVERY, FieldError
from libs.reference.tables import Table

CLOCKS: Final = ("REVIEW", "DISPATCH", "SIGN", "HANDLE", "CHECK", "CALLBACK", "PERIOD", "CONFIRMATION")
ROLES: Final = (
    *("PUB", "GRD", "COM", "STR", "REV", "DSP", "CLS", "UNT", "UHD", "SUP"),
    *("LDR", "MED", "MCM", "EXP", "COL", "MTR", "ADM", "AUD", "HOT", "ALM"),
)
"""domain/roles.md."""
ORG_TYPES: Final = ("CITY", "DISTRICT", "STREET", "COMMUNITY", "CENTRE", "STATION", "COMMITTEE", "DEPARTMENT")
RISKS: Final = ("RED", "ORANGE", "YELLOW", "BLUE")


@dataclass(frozen=True, slots=True)
class Column:
    """A check of one field; `needed`: it may not be empty."""

    check: Callable[[str], object]
    needed: bool = True

    def broken(self, text: str) -> tuple[str, str] | None:
        """The rule that the text breaks, and what stands there; None when it is right."""
        if not text:
            return ("missing_value", "") if self.needed else None
        try:
            self.check(text)
        except FieldError as error:
            return error.rule, error.detail
        return None


def _may(check: Callable[[str], object]) -> Column:
    return Column(check, needed=False)


_NAME = Column(fields.words)
_ORG = fields.shaped(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_USER = fields.shaped(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_CATEGORY = fields.shaped(r"[A-Z0-9]{1,8}(\.[A-Z0-9]{1,8}){0,4}")
_PATH = fields.shaped(r"\*|[A-Z0-9]{1,8}(\.[A-Z0-9]{1,8}){0,4}")
_VERSION = fields.shaped(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PERIOD = {"valid_from": _may(fields.first_day), "valid_to": _may(fields.last_day)}

FIELDS: Final[Mapping[Table, Mapping[str, Column]]] = {
    "organisations": {
        "code": Column(_ORG),
        "name": _NAME,
        "type": Column(fields.one_of(*ORG_TYPES)),
        "parent": _may(_ORG),
        "hours": _may(fields.hours),
        **_PERIOD,
    },
    "grids": {
        "code": Column(fields.shaped(r"[0-9]{15}")),
        "name": _NAME,
        "org": Column(_ORG),
        "kind": Column(fields.one_of("BASE", "SPECIAL")),
        "person": _may(_USER),
        **_PERIOD,
    },
    "posts": {"code": Column(_ORG), "name": _NAME, "org": Column(_ORG), **_PERIOD},
    "people": {
        "user": Column(_USER),
        "org": Column(_ORG),
        "post": _may(_ORG),
        "roles": Column(fields.each(fields.one_of(*ROLES))),
        **_PERIOD,
    },
    "categories": {"code": Column(_CATEGORY), "name": _NAME, "parent": _may(_CATEGORY), **_PERIOD},
    "duty": {
        "category": Column(_CATEGORY),
        "area": Column(_ORG),
        "lead": Column(_ORG),
        "assists": _may(fields.each(_ORG)),
        **_PERIOD,
    },
    "limits": {
        "clock": Column(fields.one_of(*CLOCKS)),
        "category": Column(_PATH),
        "urgency": Column(fields.one_of(EVERY, "1", "2", "3")),
        "limit": Column(fields.limit),
        "amber": _may(fields.percent),
        "source": _NAME,
        **_PERIOD,
    },
    "codes": {
        "table": Column(fields.shaped(r"[A-Z][A-Z0-9_]{0,15}")),
        "code": Column(fields.shaped(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")),
        "label": _NAME,
        **_PERIOD,
    },
    "risks": {
        "colour": Column(fields.one_of(*RISKS)),
        "label": _NAME,
        "meaning": _NAME,
        **_PERIOD,
    },
    "local_days": {"org": Column(_ORG), "day": Column(fields.day), "hours": _may(fields.hours)},
}
HEADER_FIELDS: Final[Mapping[str, Column]] = {
    "city": Column(_ORG),
    "name": _NAME,
    "jurisdiction": Column(_ORG),
    "version": Column(_VERSION),
    "effective_at": Column(fields.instant),
    "calendar": _may(fields.words),
    "amber": _may(fields.percent),
    "note": _may(fields.words),
}
