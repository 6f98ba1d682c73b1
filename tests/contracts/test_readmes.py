"""What a stage's README says about its rules is what its decider does."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_args

import pytest

from libs.events.errors import Rejected

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("intake", "dispatch", "mediation")
CLOCKS = {"SlaWarned", "SlaBreached", "DeadlineRecalculated"}
"""Facts that time itself leads to, in every stage: no person gives their commands."""


def readme(stage: str) -> str:
    return (ROOT / "services" / stage / "README.md").read_text(encoding="utf-8")


def rules(stage: str) -> set[str]:
    """The refusals that the stage's deciders define."""
    package = import_module(f"services.{stage}.decider")
    modules = [import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    refusals = {kind for kind in kinds if issubclass(kind, Rejected) and own(kind, stage)}
    return {refusal.rule.removeprefix(f"{stage}.") for refusal in refusals}


def own(kind: type, stage: str) -> bool:
    return kind.__module__.startswith(f"services.{stage}.")


def table(stage: str) -> list[list[str]]:
    """The cells of the rows of commands."""
    rows = [line for line in readme(stage).splitlines() if line.startswith("|")][2:]
    return [[cell.strip(" *") for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize("stage", STAGES)
def test_the_readme_names_every_refusal_and_no_other(stage: str) -> None:
    named = {code for *_, refusals in table(stage) for code in re.findall(r"`(\w+)`", refusals)}
    assert named == rules(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_the_readme_names_every_command_and_every_fact(stage: str) -> None:
    commands = {command.__name__ for command in get_args(import_module(f"services.{stage}.commands").Command)}
    facts = {fact.__name__ for fact in get_args(import_module(f"services.{stage}.decider").Fact)}
    rows = table(stage)
    assert [row[0] for row in rows] == list(dict.fromkeys(row[0] for row in rows))
    assert {row[0] for row in rows} == commands
    assert {fact for row in rows for fact in row[1].split(", ")} == facts - CLOCKS


@pytest.mark.parametrize("stage", STAGES)
def test_the_readme_fits_a_page(stage: str) -> None:
    assert len(readme(stage).splitlines()) <= 40
