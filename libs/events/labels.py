"""Every word people read, by code: Chinese first, English where an API answer needs it (labels.csv).

A row is a code and its words; its part says where they are read. Sorted by part and code, each code once.
"""

import csv
from pathlib import Path
from typing import Literal

Language = Literal["zh", "en"]


def _read(table: Path) -> dict[str, tuple[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {code: (chinese, english) for _part, code, chinese, english in rows}


LABELS = _read(Path(__file__).with_name("labels.csv"))


def label(code: str, language: Language = "zh") -> str:
    """The words for a code; the code itself where there are none (a test proves that there are)."""
    words = LABELS.get(code)
    return code if words is None else words[0 if language == "zh" else 1]
