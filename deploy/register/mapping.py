"""mapping.yaml: how the columns and words of one register become our fields and codes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.events.register import Row, SystemName
from services.dispatch.imports import CaseRow
from services.mediation.imports import DisputeRow

Kind = Literal["case", "dispute"]
ROWS: Mapping[Kind, type[Row]] = {"case": CaseRow, "dispute": DisputeRow}


class MappingError(Exception):
    """The mapping does not fit; every reason is in `reasons`, and nothing is sent."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _column(value: object) -> object:
    return {"fields": value} if isinstance(value, str | list) else value


class Column(_Part):
    """One column: the fields it states, the codes of its words, how it separates several values."""

    fields: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
    values: dict[str, str] = {}
    separator: str | None = None


class Times(_Part):
    """How the register writes a moment, and in which zone."""

    formats: tuple[Annotated[str, Field(pattern=r"^[^\x00]*%Y[^\x00]*$")], ...] = ("%Y-%m-%d %H:%M:%S",)
    zone: str = "Asia/Shanghai"


class RegisterMap(_Part):
    """What a mapping file says. One column may state several fields; the city decides, not the program."""

    source_system: SystemName
    kind: Kind
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"
    sheet: str | None = None
    times: Times = Times()
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    constants: dict[str, str] = {}
    ignore: tuple[str, ...] = ()

    @property
    def row(self) -> type[Row]:
        return ROWS[self.kind]

    @property
    def digest(self) -> str:
        """Changes when anything in the mapping changes, so that a changed import is a new request."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    def fit(self, header: Sequence[str]) -> None:
        """Every column of the file is known, every column of the mapping is there; else MappingError."""
        reasons = [f"column {name!r} is in the file twice" for name in sorted(_doubled(header))]
        reasons += [
            f"column {name!r} is not mapped; map it or list it under ignore"
            for name in header
            if name not in self.columns and name not in self.ignore
        ]
        reasons += [f"column {name!r} is not in the file" for name in self.columns if name not in header]
        if reasons:
            raise MappingError(reasons)


def load(path: Path) -> RegisterMap:
    """The mapping in a YAML file; MappingError lists all that is wrong with it."""
    try:
        mapping = RegisterMap.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingError([f"{path}: {error}"]) from error
    except ValidationError as error:
        raise MappingError(f"{_place(entry['loc'])}: {entry['msg']}" for entry in error.errors()) from error
    if reasons := list(_contradictions(mapping)):
        raise MappingError(reasons)
    return mapping


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "mapping"


def _contradictions(mapping: RegisterMap) -> Iterator[str]:
    known = mapping.row.model_fields
    given = [*(name for column in mapping.columns.values() for name in column.fields), *mapping.constants]
    yield from (f"field {name!r} does not exist for a {mapping.kind}" for name in given if name not in known)
    yield from (f"field {name!r} is stated twice" for name in sorted(_doubled(given)))
    required = (name for name, field in known.items() if field.is_required())
    yield from (f"field {name!r} is required and not stated" for name in required if name not in given)
    for pattern in mapping.times.formats:
        if "%z" in pattern.lower():
            yield f"times.formats: {pattern!r} names a zone; the zone is stated once, in times.zone"
    if not _zone_exists(mapping.times.zone):
        yield f"times.zone: {mapping.times.zone!r} is not a time zone"


def _doubled(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
