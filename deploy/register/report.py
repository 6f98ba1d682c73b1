"""The report of an import: one line per reason why a row was left out."""

import csv
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.register.sending import Sent
from libs.events.labels import label

HEADER = ("row", "external_no", "field", "code", "reason")
Line = tuple[int, str, str, str, str]


class Report:
    """A CSV file that Excel opens: row number (the header is row 1), number, field, code, reason."""

    def __init__(self, path: Path) -> None:
        self.lines = 0
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._sheet = csv.writer(self._file)
        self._sheet.writerow(HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, sent: Sent) -> int:
        """Write what was rejected of a batch, in file order; the number of rows left out."""
        lines = sorted(_lines(sent))
        self._sheet.writerows(lines)
        self.lines += len(lines)
        return len({line[0] for line in lines})


def _lines(sent: Sent) -> Iterator[Line]:
    for failed in sent.batch.failed:
        for fault in failed.faults:
            yield failed.number, _safe(failed.external_no), fault.field, fault.code, label(fault.code)
    for rejected in sent.rejected:
        row = sent.batch.rows[rejected["index"]]
        yield row.number, _safe(row.external_no), rejected["field"], rejected["code"], rejected["detail"]


def _safe(text: str) -> str:
    """A number that begins like a formula must not become one when the report is opened."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
