"""The published documents: a change that breaks readers, or a document left behind, stops `make check`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACT = "docs/schemas/dispatch.case_closed.1.json"
INTERFACE = "docs/openapi/dispatch.json"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents and the golden files as committed, in a tree that may be spoilt."""
    for folder in ("docs", "tests/contracts/golden"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def check(module: str, where: Path) -> subprocess.CompletedProcess[str]:
    """What `make schemas-check` runs, on the documents of that tree."""
    return subprocess.run(
        [sys.executable, "-m", module, "check"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def spoil(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("module", ["libs.events.catalogue", "libs.events.openapi"])
def test_what_is_committed_passes(module: str, copy: Path) -> None:
    finished = check(module, copy)
    assert (finished.returncode, finished.stderr) == (0, "")


def test_a_field_that_readers_know_may_not_go(copy: Path) -> None:
    document = json.loads((copy / FACT).read_text())
    document["properties"]["known_to_readers"] = {"type": "string"}
    document["required"].append("known_to_readers")
    spoil(copy / FACT, document)
    finished = check("libs.events.catalogue", copy)
    assert finished.returncode == 1
    assert "known_to_readers" in finished.stderr


def test_a_golden_file_may_not_go(copy: Path) -> None:
    (copy / "tests/contracts/golden/dispatch.case_closed.1.json").unlink()
    assert check("libs.events.catalogue", copy).returncode == 1


def test_a_topic_document_may_not_stay_behind(copy: Path) -> None:
    (copy / "docs/asyncapi/case.dispatch.json").write_text("{}\n")
    assert check("libs.events.catalogue", copy).returncode == 1


def test_a_command_that_clients_use_may_not_go(copy: Path) -> None:
    document = json.loads((copy / INTERFACE).read_text())
    document["paths"]["/v1/cases/{matter}/used-by-clients"] = document["paths"]["/v1/cases/{matter}/sign"]
    spoil(copy / INTERFACE, document)
    finished = check("libs.events.openapi", copy)
    assert finished.returncode == 1
    assert "used-by-clients" in finished.stderr


def test_the_problem_page_may_not_stay_behind(copy: Path) -> None:
    (copy / "docs/problems.md").write_text("# Problems\n")
    assert check("libs.events.openapi", copy).returncode == 1
