"""Indicator definitions as data (indicators E1, E2): what is counted, in which mode, shown how.

A numerator adds conditions to its denominator, so it is a subset by construction and no rate can pass 100 %.
Conditions are the boolean columns that `rows.py` derives; nothing here is evaluated as code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Conditions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator. `version` rises with every change of meaning, and every figure names it (E1 rule 6)."""

    code: str
    version: int
    mode: Literal["COHORT", "DUE"]
    """Of a period: what entered in it, state at as-of; or what fell due in it (E1 rule 7)."""
    unit: str
    decimals: int
    cohort: str
    """Column with the instant by which what is counted belongs to a period."""
    org: str
    """Column with the organisation that carries the result (E1 rule 15)."""
    denominator: Conditions
    also: Conditions
    """What the numerator demands beyond the denominator."""
    source: str
    switches: Mapping[str, Conditions] = field(default_factory=dict)
    """Named alternatives of the denominator that a jurisdiction may choose."""
    of: Literal["matter", "assignment"] = "matter"
    """What is counted one by one."""
    versions: tuple[str, str] | None = None
    """Columns with the version of the limits and of the calendar, where the figure depends on time."""
    deferred: str | None = None
    """Flag of what was put off and stays outside; its number stands beside the rate (E1 rule 13)."""

    def base(self, switch: str | None = None) -> Conditions:
        """The conditions of the denominator, under a switch where one is named; KeyError when unknown."""
        return self.denominator if switch is None else self.switches[switch]

    def top(self, switch: str | None = None) -> Conditions:
        """The conditions of the numerator: those of the denominator, and more."""
        return (*self.base(switch), *self.also)


_ALL = (
    Definition(
        code="CLOSE_RATE",
        version=1,
        mode="COHORT",
        unit="CASE",
        decimals=1,
        cohort="filed_at",
        org="case_org",
        denominator=("case_counted",),
        also=("case_closed",),
        source="A11, A12; E1 rules 7, 10; open decision (a)",
    ),
    Definition(
        code="RESOLVE_RATE",
        version=1,
        mode="COHORT",
        unit="DISPUTE",
        decimals=2,
        cohort="registered_at",
        org="dispute_org",
        denominator=("dispute_counted",),
        also=("dispute_resolved",),
        source="A13",
    ),
    Definition(
        code="MEDIATE_RATE",
        version=1,
        mode="COHORT",
        unit="DISPUTE",
        decimals=1,
        cohort="registered_at",
        org="dispute_org",
        denominator=("dispute_counted",),
        also=("dispute_accepted",),
        source="E2, three mediation rates",
    ),
    Definition(
        code="MEDIATE_SUCCESS",
        version=1,
        mode="COHORT",
        unit="DISPUTE",
        decimals=1,
        cohort="registered_at",
        org="dispute_org",
        denominator=("dispute_counted", "dispute_accepted", "dispute_ended"),
        also=("dispute_agreed",),
        source="A55-A57, P8; open decision (c)",
        switches={"all_accepted": ("dispute_counted", "dispute_accepted")},
    ),
    Definition(
        code="SIGN_ONTIME",
        version=1,
        mode="DUE",
        unit="ASSIGNMENT",
        decimals=1,
        cohort="sign_due_at",
        org="sign_org",
        denominator=("sign_counted",),
        also=("sign_in_time",),
        source="E2, P4; E1 rules 10, 11; lifecycles C2 #3",
        of="assignment",
        versions=("sign_policy", "sign_calendar"),
    ),
    Definition(
        code="CLOSE_ONTIME",
        version=1,
        mode="DUE",
        unit="CASE",
        decimals=1,
        cohort="case_due_at",
        org="case_org",
        denominator=("case_due",),
        also=("case_closed_in_time",),
        source="E2, P2-P4; E1 rules 10-14; lifecycles C2 #18: the clock stands still from the feedback on",
        versions=("case_policy", "case_calendar"),
        deferred="case_deferred",
    ),
)

DEFINITIONS: Mapping[str, Definition] = {definition.code: definition for definition in _ALL}
