"""Opens a register: CSV in UTF-8 or GB18030, or an Excel workbook. Rows are read one at a time."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

Encoding = Literal["auto", "utf-8", "gb18030"]
Cell = str | datetime
_CHUNK = 1 << 20
_WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
csv.field_size_limit(_CHUNK)


class SheetError(Exception):
    """The file cannot be read as a register."""


@dataclass(frozen=True)
class Sheet:
    """A register that can be read again and again: its header, about how many rows, its fingerprint."""

    path: Path
    header: tuple[str, ...]
    about: int
    digest: str
    encoding: str
    sheet: str | None = None

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """(row number as a person counts, the header being 1; cells). Blank rows are left out."""
        lines = _lines_of_workbook(self.path, self.sheet) if self.encoding == "workbook" else _lines(self)
        for number, cells in enumerate(islice(lines, 1, None), start=2):
            if any(cells):
                yield number, cells


def open_sheet(path: Path, encoding: Encoding = "auto", sheet: str | None = None) -> Sheet:
    """The register in a file; SheetError says why it is none."""
    try:
        digest, lines, detected = _survey(path)
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror}") from error
    if path.suffix.lower() in _WORKBOOKS:
        return _open_workbook(path, digest, sheet)
    used = detected if encoding == "auto" else encoding
    if used is None:
        raise SheetError(f"{path}: the text is neither UTF-8 nor GB18030")
    draft = Sheet(path, (), max(lines - 1, 0), digest, used)
    return Sheet(path, _header(next(_lines(draft), ()), path), draft.about, digest, used)


def _open_workbook(path: Path, digest: str, sheet: str | None) -> Sheet:
    rows = _sheet_of(path, sheet)
    header = next(_lines_of_workbook(path, sheet), ())
    return Sheet(path, _header(header, path), max(rows.height - 1, 0), digest, "workbook", sheet)


def _header(cells: Sequence[Cell], path: Path) -> tuple[str, ...]:
    names = [str(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SheetError(f"{path}: there is no header")
    return tuple(names)


def _survey(path: Path) -> tuple[str, int, str | None]:
    """Fingerprint, number of lines and encoding in one pass of bounded memory."""
    digest, lines = sha256(), 0
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            decoders = {name: decoder for name, decoder in decoders.items() if _decodes(decoder, chunk)}
    decoders = {name: decoder for name, decoder in decoders.items() if _decodes(decoder, b"", final=True)}
    return digest.hexdigest(), lines, next(iter(decoders), None)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _lines(sheet: Sheet) -> Iterator[Sequence[Cell]]:
    encoding = "utf-8-sig" if sheet.encoding == "utf-8" else sheet.encoding
    with sheet.path.open(encoding=encoding, newline="") as file:
        try:
            for cells in csv.reader(file, strict=True):
                yield [_clean(cell) for cell in cells]
        except (csv.Error, UnicodeDecodeError) as error:
            raise SheetError(f"{sheet.path}: {error}") from error


def _sheet_of(path: Path, name: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(path)
        return book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        raise SheetError(f"{path}: {error}") from error


def _lines_of_workbook(path: Path, name: str | None) -> Iterator[Sequence[Cell]]:
    for cells in _sheet_of(path, name).iter_rows():
        yield [_typed(cell) for cell in cells]


def _typed(cell: object) -> Cell:
    """Excel keeps numbers as floats and moments as such; a number that is whole is written whole."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _clean(str(cell))


def _clean(text: str) -> str:
    return text.strip("\ufeff\u3000 \t\r\n")
