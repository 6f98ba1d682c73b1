"""One row of the register becomes one row of ours, or every reason why it cannot."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from deploy.register.mapping import Column, Kind, RegisterMap
from deploy.register.sheet import Cell
from libs.events.register import Fault, Row, field_faults
from services.dispatch import imports as dispatch
from services.mediation import imports as mediation

_UNCLEAN = re.compile("[\x00\ud800-\udfff]")
USUAL = "%Y-%m-%d %H:%M:%S"
Judge = Callable[[object, datetime], list[Fault]]
JUDGES: dict[Kind, Judge] = {"case": dispatch.faults, "dispute": mediation.faults}


@dataclass(frozen=True, slots=True)
class Translated:
    """`row` is set when there are no faults."""

    number: int
    external_no: str
    row: Row | None
    faults: tuple[Fault, ...] = ()


@dataclass
class Translator:
    """Translates the rows of one file; remembers which numbers it has seen (one small text per row)."""

    mapping: RegisterMap
    header: Sequence[str]
    now: datetime
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._zone = ZoneInfo(self.mapping.times.zone)

    def translate(self, number: int, cells: Sequence[Cell]) -> Translated:
        """The row, checked the way the service will check it, so that nearly all refusals come from here."""
        values, faults = self._values(cells)
        external_no = str(values.get("external_no", ""))
        faults += self._shape(cells)
        if external_no in self.seen:
            faults.append(Fault("external_no", "duplicate_number"))
        elif external_no:
            self.seen.add(external_no)
        row, found = self._row(values)
        known = {fault.field for fault in faults}
        faults += [fault for fault in found if fault.field not in known]
        return Translated(number, external_no, None if faults else row, tuple(dict.fromkeys(faults)))

    def _shape(self, cells: Sequence[Cell]) -> list[Fault]:
        extra = any(cells[len(self.header) :])
        return [Fault("", "too_many_cells")] if extra else []

    def _values(self, cells: Sequence[Cell]) -> tuple[dict[str, Any], list[Fault]]:
        values: dict[str, Any] = dict(self.mapping.constants)
        faults: list[Fault] = []
        for name, cell in zip(self.header, cells, strict=False):
            column = self.mapping.columns.get(name)
            if column is not None and cell:
                for target in column.fields:
                    self._take(target, column, cell, values, faults)
        return values, faults

    def _take(
        self, target: str, column: Column, cell: Cell, values: dict[str, Any], faults: list[Fault]
    ) -> None:
        found = self._moment(cell) if target.endswith("_at") else _code(column, str(cell))
        if isinstance(found, Fault):
            faults.append(Fault(target, found.code))
        else:
            values[target] = found

    def _moment(self, cell: Cell) -> datetime | Fault:
        zone = self._zone
        if isinstance(cell, datetime):
            return cell.replace(tzinfo=zone)
        for pattern in self.mapping.times.formats:
            if moment := _parsed(cell, pattern, zone):
                return moment
        return Fault("", "bad_time")

    def _row(self, values: dict[str, Any]) -> tuple[Row | None, list[Fault]]:
        row, faults = None, []
        try:
            row = self.mapping.row.model_validate(values)
        except ValidationError as error:
            faults = field_faults(error)
        wrong = {fault.field for fault in faults}
        stub = SimpleNamespace(**dict.fromkeys(self.mapping.row.model_fields))
        vars(stub).update(vars(row) if row else {k: v for k, v in values.items() if k not in wrong})
        judged = JUDGES[self.mapping.kind](stub, self.now)
        return row, [*faults, *(fault for fault in judged if fault.field not in wrong)]


def _parsed(text: str, pattern: str, zone: ZoneInfo) -> datetime | None:
    """The common pattern takes the fast way: a register of a city has a million moments."""
    try:
        if pattern == USUAL and len(text) == len("2019-01-01 08:00:00"):
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return datetime.strptime(text, pattern).replace(tzinfo=zone)
    except ValueError:
        return None


def _code(column: Column, text: str) -> Any:
    if _UNCLEAN.search(text):
        return Fault("", "bad_text")
    if column.separator is not None:
        return [part.strip() for part in text.split(column.separator) if part.strip()]
    if not column.values:
        return text
    return column.values.get(text) or Fault("", "unknown_value")
