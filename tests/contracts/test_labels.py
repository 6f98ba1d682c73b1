"""Every code that a person can meet has Chinese words, and English ones for the titles of problems."""

import csv
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from libs.events import labels, problems
from libs.events.contracts import registry, values
from libs.events.errors import Rejected
from libs.events.labels import LABELS, label
from libs.events.timing import explained
from libs.worktime.explain import StepReason
from libs.worktime.limit import Unit
from services.dispatch.decider import callbacks, extension, suspension
from services.dispatch.decider import lifecycle as case
from services.intake.decider import review as report
from services.mediation import commands as mediating
from services.mediation.decider import confirmation
from services.mediation.decider import lifecycle as dispute

CHINESE = re.compile(r"[\u4e00-\u9fff]")
STAGES = ("intake", "dispatch", "mediation")
PLAIN = (
    values.CaseOutcome,
    values.DeclineReason,
    values.DisputeOutcome,
    values.FailCause,
    values.Level,
    values.Phase,
    values.ReopenCause,
    values.ReturnReason,
    values.RiskColour,
    values.Route,
    values.SuspensionReason,
    callbacks.Status,
    extension.Status,
    suspension.Status,
    report.Status,
    case.Status,
    dispute.Status,
)
"""Codes that name themselves."""
NUMBERED = {
    "business_type": values.BusinessType,
    "callback": values.CallbackResult,
    "channel": values.Channel,
    "clock": values.ClockName,
    "clock_state": explained.Standing,
    "confirmation": confirmation.Status,
    "deadline": StepReason,
    "limit": Unit,
    "mediation_type": values.MediationType,
    "origin": dispute.Origin,
    "pause": mediating.PauseReason,
    "satisfaction": values.Satisfaction,
    "scale": values.Scale,
    "urgency": values.Urgency,
}
"""Codes that need the name of their table, because other tables use the same ones."""


def refusals(kind: type[Rejected] = Rejected) -> Iterator[type[Rejected]]:
    for refusal in kind.__subclasses__():
        if refusal.__module__.startswith(("libs.", "services.")):
            yield refusal
        yield from refusals(refusal)


def roles() -> set[str]:
    tables = (import_module(f"services.{stage}.permissions").PERMISSIONS for stage in STAGES)
    return {role for table in tables for permitted in table.values() for role in permitted}


def codes() -> set[str]:
    """Every code of the running system that reaches a reader."""
    plain = {code for table in PLAIN for code in get_args(table)}
    numbered = {f"{name}.{code}" for name, table in NUMBERED.items() for code in get_args(table)}
    kinds = {kind for kind, _ in registry()}
    rules = {refusal.rule for refusal in refusals()}
    return plain | numbered | kinds | rules | set(problems.STATUS) | roles() | {*STAGES, "metrics", "SYS"}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_has_words(code: str) -> None:
    chinese, english = LABELS[code]
    assert CHINESE.search(chinese)
    assert english.strip()
    assert not CHINESE.search(english)


def test_every_label_has_both_languages() -> None:
    assert [code for code, words in LABELS.items() if not all(word.strip() for word in words)] == []


def rows() -> list[list[str]]:
    with Path(labels.__file__).with_name("labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_table_says_what_stands_where() -> None:
    assert rows()[0] == ["part", "code", "zh", "en"]
    assert {code: (chinese, english) for _, code, chinese, english in rows()[1:]} == LABELS


def test_each_part_is_sorted_by_code() -> None:
    places = [(part, code) for part, code, _, _ in rows()[1:]]
    assert places == sorted(places)


def test_a_code_stands_in_one_part_only() -> None:
    assert len(rows()) - 1 == len(LABELS)


def test_the_words_of_a_code_are_asked_for_by_language() -> None:
    assert label("dispatch.case_closed") == "结案"
    assert label("dispatch.case_closed", "en") == "Case closed"
    assert label("no such code") == "no such code"


def test_every_rule_is_a_sentence_of_its_stage() -> None:
    named = [refusal.rule for refusal in refusals() if refusal.__module__.startswith("services.")]
    assert len(set(named)) == len(named) >= 25
    for refusal in refusals():
        stage = refusal.__module__.split(".")[1]
        assert refusal.rule == f"{stage}.{snake(refusal.__name__)}" or stage == "events"


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
