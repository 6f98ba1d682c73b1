"""The published schemas: up to date, compatible with the committed ones, valid, and true of the examples."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from libs.events.catalogue import GOLDEN, SCHEMAS, TOPIC_DOCUMENTS, documents, facts, main
from libs.events.codec import decode
from libs.events.factschemas import incompatible

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / TOPIC_DOCUMENTS).glob("*.json"))
# The AsyncAPI Initiative's own schema (@asyncapi/specs 6.11.1, Apache-2.0), white space removed.
ASYNCAPI = json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text("utf-8"))


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_published_files_are_up_to_date_and_compatible() -> None:
    assert main(ROOT, ["check"]) == 0


@pytest.mark.parametrize("name", facts())
def test_a_schema_is_valid_and_its_golden_file_conforms(name: str) -> None:
    schema = load(ROOT / SCHEMAS / f"{name}.json")
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.validator_for(schema).validate(load(ROOT / GOLDEN / f"{name}.json")["data"])


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_an_asyncapi_document_is_valid(file: Path) -> None:
    jsonschema_rs.validator_for(ASYNCAPI).validate(load(file))


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_every_example_conforms_to_its_payload(file: Path) -> None:
    document = load(file)
    for message in document["components"]["messages"].values():
        schema = {**message["payload"], "components": document["components"]}
        for example in message["examples"]:
            jsonschema_rs.validator_for(schema).validate(example["payload"])


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_every_example_of_a_stage_topic_decodes(file: Path) -> None:
    messages = load(file)["components"]["messages"]
    if file.stem != "case.dead-letter":
        kinds = {
            name: decode(json.dumps(it["examples"][0]["payload"]).encode()).kind
            for name, it in messages.items()
        }
        assert kinds == {name: name.rpartition(".")[0] for name in messages}


def test_every_fact_is_on_exactly_one_topic() -> None:
    named = [name for file in DOCUMENTS for name in load(file)["channels"][file.stem]["messages"]]
    assert sorted(named) == sorted([*facts(), "events.record_parked", "events.record_settled"])


Edit = Callable[[dict[str, Any]], object]
OLD = documents(ROOT)[SCHEMAS / "dispatch.feedback_submitted.1.json"]
HARMLESS: dict[str, Edit] = {
    "nothing": lambda it: it,
    "a new optional field": lambda it: it["properties"].update(note={"type": "string"}),
    "a further code": lambda it: it["properties"]["result"]["enum"].append("O5"),
    "other words": lambda it: it["properties"]["org"].update(description="the unit"),
    "a new optional field of a part": lambda it: it["$defs"]["Sealed"]["properties"].update(
        v={"type": "integer"}
    ),
}
BREAKING: dict[str, tuple[Edit, str]] = {
    "removed": (lambda it: it["properties"].pop("public_reply"), "/public_reply is gone"),
    "renamed": (
        lambda it: it["properties"].update(unit=it["properties"].pop("org")),
        "/org is gone",
    ),
    "retyped": (
        lambda it: it["properties"].update(truth={"type": "string"}),
        "/truth has another type or limit",
    ),
    "narrowed": (
        lambda it: it["properties"]["assignment_no"].update(maximum=9),
        "/assignment_no has another type or limit",
    ),
    "a new required field": (
        lambda it: (it["properties"].update(note={"type": "string"}), it["required"].append("note")),
        "/note is now required",
    ),
    "optional became required": (
        lambda it: it["required"].append("contacted_at"),
        "/contacted_at is now required",
    ),
    "required became optional": (lambda it: it["required"].remove("org"), "/org is no longer required"),
    "a code less": (lambda it: it["properties"]["result"]["enum"].remove("O2"), "/result no longer knows O2"),
    "codes opened": (lambda it: it["properties"]["result"].pop("enum"), "/result has another type or limit"),
    "a part of a part": (lambda it: it["$defs"]["Sealed"]["properties"].pop("key"), "/measures/key is gone"),
    "an item": (
        lambda it: it["$defs"]["Attachment"]["properties"]["size"].update(type="string"),
        "/attachments/*/size has another type or limit",
    ),
}


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_is_compatible(edit: Edit) -> None:
    new = json.loads(OLD)
    edit(new)
    assert incompatible(json.loads(OLD), new) == []


@pytest.mark.parametrize(("edit", "finding"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_named(edit: Edit, finding: str) -> None:
    new = copy.deepcopy(json.loads(OLD))
    edit(new)
    assert any(reason.startswith(finding) for reason in incompatible(json.loads(OLD), new))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is published."""
    for folder in (SCHEMAS, TOPIC_DOCUMENTS, GOLDEN):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def edited(tree: Path, edit: Edit) -> None:
    path = tree / SCHEMAS / "dispatch.feedback_submitted.1.json"
    schema = load(path)
    edit(schema)
    path.write_text(json.dumps(schema))


def test_the_check_fails_when_a_committed_field_is_gone(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(tree, lambda it: it["properties"].update(mood={"type": "string"}))
    assert main(tree, ["check"]) == 1
    assert "/mood is gone" in capsys.readouterr().err
    assert main(tree, ["write"]) == 1
    assert "mood" in (tree / SCHEMAS / "dispatch.feedback_submitted.1.json").read_text()
    assert main(tree, ["write", "--breaking"]) == 0
    assert main(tree, ["check"]) == 0


def test_the_check_fails_when_a_released_fact_is_gone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = tree / SCHEMAS / "dispatch.case_forgotten.1.json"
    schema.write_text("{}")
    assert main(tree, ["check"]) == 1
    assert "a released fact is gone" in capsys.readouterr().err


def test_a_compatible_change_only_asks_to_be_written(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(tree, lambda it: it["properties"].pop("public_reply"))
    assert main(tree, ["check"]) == 1
    assert "make schemas" in capsys.readouterr().err
    assert main(tree, ["write"]) == 0
    assert main(tree, ["check"]) == 0


def test_a_fact_without_a_golden_file_is_reported(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / GOLDEN / "intake.case_filed.1.json").unlink()
    assert main(tree, ["write"]) == 1
    assert "intake.case_filed.1.json is missing" in capsys.readouterr().err
