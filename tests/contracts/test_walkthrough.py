"""The walkthrough is true: every file it names exists and holds the name that stands behind it."""

import re
from pathlib import Path

from libs.events.contracts import registry
from tests.e2e.test_loop import ORDINARY

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
STATION = re.compile(r"\]\(\.\./(?P<path>[^)]+)\)(?P<names>(?:\s+(?:and\s+)?`[A-Za-z_.]+`)*)")


def _stations() -> list[tuple[str, list[str]]]:
    return [(found["path"], re.findall(r"`([^`]+)`", found["names"])) for found in STATION.finditer(TEXT)]


def test_every_file_named_exists_and_holds_what_is_said_of_it() -> None:
    missing = []
    for path, names in _stations():
        file = ROOT / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        missing += [f"{path} {name}" for name in names or [""] if not file.is_file() or name not in text]
    assert missing == []
    assert len(_stations()) > 40


def test_the_events_of_the_walkthrough_are_those_that_happen() -> None:
    told = re.findall(r"^\| \d+ \| `([a-z_.]+)` \|", TEXT, re.MULTILINE)
    assert sorted(told) == sorted(ORDINARY)
    assert set(told) <= {kind for kind, _ in registry()}


def test_every_code_path_of_the_docs_exists() -> None:
    for document in ("import.md", "demo.md"):
        text = (ROOT / "docs" / document).read_text(encoding="utf-8")
        for path in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / "docs" / path).resolve().exists(), f"{document}: {path}"
