"""Rows of a legacy register: who they are, and everything that is wrong with them at once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from libs.events.contracts.values import Channel, Sealed
from libs.events.problems import field_code

MATTER_NAMESPACE = UUID("8f1d5d0c-2f0e-5f6b-9a51-4a4b0d6c1f3e")

SystemName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""The name of the register that a row comes from."""
ExternalNo = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")]
"""The number that the row has in its own register."""
Number = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A number that people read, such as a case number."""
LegacyText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""Free text of the register, at most 2000 characters (codes-and-fields D2); sealed before it is stored."""


NOT_STATED = Sealed(sealed="-", key="not-stated")
"""Stands where a fact needs text and the register has none: nothing is invented, nothing can be opened."""


class Row(BaseModel):
    """One matter of a register. Fields that end in `_at` are business times; absent means not stated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_no: ExternalNo
    channel: Channel


AnyRow = TypeVar("AnyRow", bound=Row)
Stated = TypeVar("Stated")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a row: the field, and a stable code that labels.csv explains."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a matter's life: when it is stated, the step before it and its own fields must be too.

    `time` may not be earlier than any stated time of `after`; the first of `after` must be stated.
    """

    time: str
    after: tuple[str, ...]
    needs: tuple[str, ...] = ()


def matter_of_row(source_system: str, external_no: str) -> UUID:
    """The same row always becomes the same matter (design section 1)."""
    return uuid5(MATTER_NAMESPACE, f"{source_system}\n{external_no}")


def read_row(model: type[AnyRow], value: Any) -> tuple[AnyRow | None, list[Fault]]:
    """The row from decoded JSON, by strict rules, or every fault of its fields."""
    try:
        return model.model_validate_json(json.dumps(value), strict=True), []
    except ValidationError as error:
        return None, field_faults(error)


def field_faults(error: ValidationError) -> list[Fault]:
    """What pydantic found, in our words; values are never repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(str(entry["loc"][0]) if entry["loc"] else "", field_code(entry["type"])) for entry in found]


def step_faults(row: object, steps: Sequence[Step]) -> list[Fault]:
    """Steps without the step before them, without their own fields, or before their time."""
    return [fault for step in steps if _has(row, step.time) for fault in _of_step(row, step)]


def future_faults(row: object, steps: Iterable[Step], now: datetime) -> list[Fault]:
    """A legacy register cannot state what has not happened yet."""
    times = ((step.time, getattr(row, step.time)) for step in steps)
    return [Fault(name, "in_future") for name, moment in times if moment is not None and moment > now]


def stated(value: Stated | None) -> Stated:
    """A value that `step_faults` already found to be there."""
    if value is None:
        raise ValueError("the row was planned before its faults were looked for")
    return value


def _of_step(row: object, step: Step) -> list[Fault]:
    required = (*step.after[:1], *step.needs)
    faults = [Fault(name, "missing") for name in required if not _has(row, name)]
    if any(_earlier(row, step.time, name) for name in step.after):
        faults.append(Fault(step.time, "before_previous"))
    return faults


def _has(row: object, name: str) -> bool:
    return getattr(row, name) is not None


def _earlier(row: object, time: str, other: str) -> bool:
    before = getattr(row, other)
    return before is not None and getattr(row, time) < before
