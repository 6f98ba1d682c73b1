"""What every tracked file owes to the reader and to other machines."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 1024 * 1024
"""Bytes. What is larger does not belong into every clone."""

REGISTRY = re.compile(
    rb"https?://[^\s\"']*(/simple(/|\"|$)|/maven2|/packages/[0-9a-f]{2}/)|--(extra-)?index-url"
)
MACHINE = re.compile(rb"(^|[^A-Za-z0-9_.<>-])/(home|root|Users)/[a-z]")


def tracked() -> Iterator[tuple[str, bytes]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes()


def texts() -> Iterator[tuple[str, bytes]]:
    return ((name, content) for name, content in tracked() if b"\0" not in content[:4096])


def test_a_text_file_ends_with_a_newline() -> None:
    assert [name for name, content in texts() if content and not content.endswith(b"\n")] == []


def test_no_line_ends_in_blanks() -> None:
    blank = re.compile(rb"[ \t]+$", re.MULTILINE)
    assert [
        name for name, content in texts() if not name.endswith((".md", ".csv")) and blank.search(content)
    ] == []


def test_no_file_is_large() -> None:
    assert [name for name, content in tracked() if len(content) > LARGEST] == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        name
        for name, content in texts()
        if name != here and (REGISTRY.search(content) or MACHINE.search(content))
    ]
    assert found == []


def test_every_link_of_a_document_leads_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")
    documents = [(ROOT / name, content.decode()) for name, content in texts() if name.endswith(".md")]
    dead = [
        f"{path.relative_to(ROOT)} -> {target}"
        for path, text in documents
        for target in link.findall(text)
        if not (path.parent / target).exists()
    ]
    assert dead == []


def test_the_lock_pins_every_package_exactly() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert lines == sorted(lines, key=lambda line: line.lower())
