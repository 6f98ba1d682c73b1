"""The import contracts of pyproject.toml on a copy of the tree in which each of them is broken once."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
NAMES = {contract["id"]: contract["name"] for contract in CONTRACTS}

SHAPES = {
    "packages": ("libs/events/clock.py", "import services.intake.commands"),
    "libs": ("libs/worktime/calendar.py", "import libs.reference.library"),
    "reference": ("libs/reference/fields.py", "import libs.reference.edition"),
    "independence": ("services/dispatch/policies.py", "import services.intake.commands"),
    "stages": ("services/intake/commands.py", "import services.intake.decider"),
    "metrics": ("services/metrics/fold.py", "import services.metrics.routes"),
    "events": ("libs/events/store.py", "import libs.events.http"),
    "deploy": ("deploy/local/paths.py", "import deploy.register.run"),
    "core": ("services/mediation/policies.py", "import asyncio"),
    "language": ("libs/events/contracts/intake.py", "import libs.events.store"),
}
# Each protected library, imported by a module that is not on its list.
LIBRARIES = {
    contract["id"]: ("services/intake/policies.py", f"import {contract['protected_modules'][0]}")
    for contract in CONTRACTS
    if contract["type"] == "protected"
}
VIOLATIONS = SHAPES | LIBRARIES


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the import linter says of each contract, KEPT or BROKEN, on the broken copy."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("libs", "services", "deploy"):
        shutil.copytree(ROOT / package, copy / package, ignore=lambda _, names: not_source(names))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for name, line in VIOLATIONS.values():
        with (copy / name).open("a") as file:
            file.write(f"\n{line}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    command = [str(linter), "--no-logo", "--no-cache"]
    finished = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    said = [line.rsplit(maxsplit=1) for line in finished.stdout.splitlines()]
    return {words[0]: words[1] for words in said if words[1:] in (["KEPT"], ["BROKEN"])}


def not_source(names: list[str]) -> list[str]:
    return [name for name in names if ("." in name and not name.endswith(".py")) or name == "__pycache__"]


def test_every_contract_has_its_violation() -> None:
    assert set(VIOLATIONS) == set(NAMES)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(contract: str, verdicts: dict[str, str]) -> None:
    assert verdicts[NAMES[contract]] == "BROKEN"
