"""Writes generated rows the way the city's register looks: its columns, its words, its time format."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from deploy.demo.generate import GeneratedRow
from deploy.register.mapping import Column, RegisterMap

BOM = "utf-8-sig"
"""Excel opens a CSV with Chinese text correctly only with the mark in front, so registers carry it."""


def write(path: Path, mapping: RegisterMap, rows: Iterable[GeneratedRow]) -> None:
    """A CSV file that `bihuan import register` reads with the same mapping."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [_Writer(column, mapping.times.formats[0]) for column in mapping.columns.values()]
    with path.open("w", encoding=BOM, newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(mapping.columns)
        sheet.writerows([column.cell(row) for column in columns] for row in rows)


class _Writer:
    """One column, from our field back to its words."""

    def __init__(self, column: Column, moments: str) -> None:
        self._field = column.fields[0]
        self._words: Mapping[str, str] = {code: word for word, code in column.values.items()}
        self._separator = column.separator or " "
        self._moments = moments

    def cell(self, row: GeneratedRow) -> str:
        value = row.get(self._field, "")
        if isinstance(value, datetime):
            return value.strftime(self._moments)
        text = self._separator.join(value) if isinstance(value, list) else value
        return self._words[text] if self._words and text else text
