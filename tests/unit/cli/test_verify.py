"""What `bihuan verify` and `bihuan republish` say; their looking and filling is tested on servers."""

import json

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import republish, verify
from deploy.local.problem import Problem
from libs.events.verification import Findings

NOBODY = "127.0.0.1:1"
HOPELESS = ["--bootstrap", NOBODY, "--dsn", f"intake=postgresql://nobody@{NOBODY}/none"]


def differing() -> Findings:
    part = Findings("dispatch: events against case.dispatch", {"events": 1200})
    for number in range(103):
        part.add("missing_on_topic", f"case-x@{number}", "the topic does not hold it")
    return part


def test_each_finding_is_told_and_the_many_are_counted() -> None:
    told = verify.as_text([Findings("intake: inbox"), differing()])
    assert told.startswith(
        "proven   intake: inbox ()\nDIFFERS  dispatch: events against case.dispatch (1,200"
    )
    assert "missing_on_topic case-x@7: the topic does not hold it" in told
    assert told.endswith("and 3 more\n")


def test_programs_are_told_the_same() -> None:
    document = json.loads(verify.as_document([Findings("intake: inbox"), differing()]))
    assert document["proven"] is False
    assert [part["proven"] for part in document["parts"]] == [True, False]
    assert document["parts"][1]["counts"] == {"missing_on_topic": 103}
    assert len(document["parts"][1]["findings"]) == 100


def test_what_cannot_be_looked_at_is_neither_proven_nor_different() -> None:
    done = CliRunner().invoke(verify.app, ["--stage", "intake", *HOPELESS])
    assert done.exit_code == verify.NOT_CHECKED
    assert "could not be verified" in done.stderr


@pytest.mark.parametrize("command", [verify.app, republish.app])
def test_a_service_that_does_not_exist_is_named(command: typer.Typer) -> None:
    done = CliRunner().invoke(command, ["--stage", "court", *HOPELESS])
    assert isinstance(done.exception, Problem)
    assert "court" in str(done.exception)


def test_metrics_has_no_events_to_publish_again() -> None:
    done = CliRunner().invoke(republish.app, ["--stage", "metrics", *HOPELESS])
    assert isinstance(done.exception, Problem)
