"""Each tool of `make check`, run on code that breaks its rule: a gate that cannot close is no gate."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

CLOCKS_IDS_AND_MOCKS = {
    "now": "from datetime import UTC, datetime\nNOW = datetime.now(UTC)\n",
    "utcnow": "import datetime\nNOW = datetime.datetime.utcnow()\n",
    "today": "from datetime import date\nTODAY = date.today()\n",
    "time": "import time\nNOW = time.time()\n",
    "uuid4": "from uuid import uuid4\nID = uuid4()\n",
    "uuid1": "import uuid\nID = uuid.uuid1()\n",
    "uuid7": "import uuid_utils\nID = uuid_utils.uuid7()\n",
    "sleep": "import time\ntime.sleep(1)\n",
    "random": "import random\nCHANCE = random.random()\n",
    "mock": "from unittest.mock import Mock\nFAKE = Mock()\n",
}


def run(*command: str | Path, cwd: Path = ROOT, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def ruff(filename: str, text: str) -> str:
    """What ruff says about the text if it stood in that file; fails the test when ruff says nothing."""
    finished = run(
        BIN / "ruff", "check", "--output-format=concise", "--stdin-filename", filename, "-", text=text
    )
    assert finished.returncode == 1, finished.stdout
    return finished.stdout


@pytest.mark.parametrize("what", CLOCKS_IDS_AND_MOCKS)
@pytest.mark.parametrize("where", ["libs/events/execute.py", "services/dispatch/decider/lifecycle.py"])
def test_clock_ids_and_mocks_are_banned(what: str, where: str) -> None:
    assert "TID251" in ruff(where, CLOCKS_IDS_AND_MOCKS[what])


def test_mocks_are_banned_in_tests_too() -> None:
    assert "TID251" in ruff("tests/unit/dispatch/test_decider.py", CLOCKS_IDS_AND_MOCKS["mock"])


def test_the_named_shell_file_may_read_the_clock() -> None:
    finished = run(
        BIN / "ruff", "check", "--select=TID251", "--stdin-filename", "libs/events/clock.py", "-",
        text=CLOCKS_IDS_AND_MOCKS["now"],
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout


def test_lint_goes_red() -> None:
    assert "F401" in ruff("libs/events/execute.py", '"""Nothing."""\n\nimport os\n')


def test_the_format_goes_red() -> None:
    finished = run(
        BIN / "ruff", "format", "--check", "--stdin-filename", "libs/events/x.py", "-", text="x = 'a'\n"
    )
    assert finished.returncode == 1


def test_types_go_red(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "from typing import Literal\n\n\n"
        "def untyped(value):\n    return value\n\n\n"
        "def forgotten(state: Literal['OPEN', 'CLOSED']) -> None:\n"
        "    match state:\n        case 'OPEN':\n            pass\n"
    )
    finished = run(
        BIN / "mypy",
        "--config-file",
        ROOT / "pyproject.toml",
        "--cache-dir",
        tmp_path,
        "wrong.py",
        cwd=tmp_path,
    )
    assert finished.returncode == 1
    assert "[no-untyped-def]" in finished.stdout
    assert "[exhaustive-match]" in finished.stdout


NOT_TOLERATED = {
    "warning": "import warnings\n\n\ndef test_it() -> None:\n    warnings.warn('old', stacklevel=1)\n",
    "unknown marker": "import pytest\n\n\n@pytest.mark.unheard_of\ndef test_it() -> None: ...\n",
}


@pytest.mark.parametrize("what", NOT_TOLERATED)
def test_the_suite_is_strict(tmp_path: Path, what: str) -> None:
    (tmp_path / "test_it.py").write_text(NOT_TOLERATED[what])
    finished = run(
        BIN / "pytest", "-q", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", tmp_path, cwd=tmp_path
    )
    assert finished.returncode != 0, finished.stdout


def test_the_compose_schema_goes_red(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text((ROOT / "deploy/compose.yaml").read_text().replace("services:", "servces:", 1))
    finished = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", broken)
    assert finished.returncode == 1, finished.stdout
