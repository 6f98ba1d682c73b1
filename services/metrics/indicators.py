"""Indicator arithmetic (indicators E1): integer pairs in, display text out. No rate is ever stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from libs.events.errors import BihuanError, Rejected


class PartsDiffer(Rejected, rule="metrics.parts_differ"):
    """The total is not the sum of its parts, so it is not shown (E1 rule 18)."""


class DifferentUnits(BihuanError):
    """Cases and disputes are different units and cannot be added (E1 rule 8)."""


class NotASubset(BihuanError):
    """More in the numerator than in the denominator: no definition of ours can say that (E1 rule 1)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A counted pair. Parents add the pairs of their children, never their rates (E1 rule 1)."""

    numerator: int
    denominator: int
    unit: str

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise NotASubset(f"{self.numerator} of {self.denominator}")

    def __add__(self, other: "Figure") -> "Figure":
        if self.unit != other.unit:
            raise DifferentUnits(f"{self.unit} and {other.unit}")
        return Figure(self.numerator + other.numerator, self.denominator + other.denominator, self.unit)


def total(unit: str, parts: Iterable[Figure]) -> Figure:
    """The sum of the parts; 0 of 0 when there are none."""
    return reduce(Figure.__add__, parts, Figure(0, 0, unit))


def reconcile(whole: Figure, parts: Iterable[Figure]) -> Figure:
    """The whole, if it is the sum of its parts; else nothing is shown (E1 rule 18)."""
    summed = total(whole.unit, parts)
    if summed != whole:
        raise PartsDiffer(
            f"total {whole.numerator}/{whole.denominator}, parts {summed.numerator}/{summed.denominator}"
        )
    return whole


def display(figure: Figure, decimals: int) -> str | None:
    """The rate in per cent, HALF_UP at `decimals` places (E1 rule 2); None over a zero denominator (rule 4).

    Short of all it never reads 100, and more than none never reads 0 (rule 3). Integers throughout: a
    division cut short could turn a value just below a tie into a tie.
    """
    if figure.denominator == 0:
        return None
    scale = 10**decimals
    steps = (200 * scale * figure.numerator + figure.denominator) // (2 * figure.denominator)
    if figure.numerator < figure.denominator:
        steps = min(steps, 100 * scale - 1)
    if figure.numerator > 0:
        steps = max(steps, 1)
    whole, rest = divmod(steps, scale)
    return f"{whole}.{rest:0{decimals}d}%" if decimals else f"{whole}%"
