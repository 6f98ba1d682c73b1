"""What a verification looked at, and what it found, in words that need no manual."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "missing_on_topic",
    "not_in_events",
    "changed_bytes",
    "wrong_order",
    "version_gap",
    "row_disagrees",
    "unreadable_record",
    "effect_twice",
    "offset_ahead",
    "applied_ahead",
    "applied_behind",
    "row_differs",
]
SHOWN = 100
"""Findings of a kind that are kept in full; beyond that they are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: what kind, where, and in a sentence."""

    kind: Kind
    place: str
    detail: str


@dataclass
class Findings:
    """The result of one part: how much was looked at, and everything that differs."""

    name: str
    checked: dict[str, int] = field(default_factory=dict)
    shown: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def proven(self) -> bool:
        """Nothing differs."""
        return not self.counts

    def add(self, kind: Kind, place: str, detail: str) -> None:
        """Keep a finding."""
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN:
            self.shown.append(Finding(kind, place, detail))
