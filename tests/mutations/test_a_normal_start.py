"""Nobody can run a service without a safeguard, not even on purpose."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from libs.events.safeguards import SAFEGUARDS, VARIABLE, NotATest, refuse

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("stage", ["intake", "dispatch", "mediation", "metrics"])
def test_a_service_does_not_start_with_the_variable(stage: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"services.{stage}"],
        cwd=ROOT,
        env=os.environ | {VARIABLE: "fencing"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "CHAOS_BREAK is set" in done.stderr


def test_an_empty_value_is_refused_too() -> None:
    with pytest.raises(NotATest):
        refuse({VARIABLE: ""})
    refuse({})


def test_outside_a_test_run_nothing_can_be_removed() -> None:
    asked = f"from libs.events.safeguards import remove; remove({SAFEGUARDS[0]!r})"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "NotATest" in done.stderr


def test_the_product_removes_nothing() -> None:
    """`remove` is called by the plugin of the test suites and by nobody else."""
    callers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("libs", "services", "deploy", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module == "libs.events.safeguards"
        and any(alias.name not in {"removed", "refuse"} for alias in node.names)
    ]
    assert callers == []
