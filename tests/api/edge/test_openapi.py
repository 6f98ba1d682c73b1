"""What is published about HTTP is true, valid and cannot break clients unnoticed."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for

from libs.events import openapi
from libs.events.breaking import breaking
from libs.events.problem_pages import MEANING
from libs.events.problems import STATUS, page

ROOT = Path(__file__).resolve().parents[3]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def published() -> dict[str, Json]:
    return {
        name: json.loads((ROOT / openapi.FOLDER / f"{name}.json").read_text()) for name in openapi.SERVICES
    }


def test_what_is_committed_is_what_the_code_says() -> None:
    assert openapi.differing(ROOT, openapi.documents()) == []


def test_every_operation_is_described_and_refuses_by_the_same_problems(published: dict[str, Json]) -> None:
    for document in published.values():
        for _, method, operation in operations(document):
            assert operation["summary"]
            assert operation["operationId"][0].isupper()
            expected = {"401", "403", "422", "500", "503"} | ({"409", "412"} if method == "post" else set())
            assert expected <= set(operation["responses"])


def test_every_command_needs_a_key_and_shows_an_example(published: dict[str, Json]) -> None:
    for document in published.values():
        for path, method, operation in operations(document):
            if method != "post":
                continue
            keys = [it for it in operation["parameters"] if it["name"] == "Idempotency-Key"]
            assert [key["required"] for key in keys] == [True], path


def test_every_reference_leads_somewhere(published: dict[str, Json]) -> None:
    for document in published.values():
        for reference in references(document):
            found: Any = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]


def test_examples_of_bodies_fit_their_schema(published: dict[str, Json]) -> None:
    seen = 0
    for document in published.values():
        for name, schema in document["components"]["schemas"].items():
            reference = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            for example in schema.get("examples", ()):
                validator_for(reference).validate(example)
                seen += 1
    assert seen > 10


def test_every_code_of_the_edge_is_explained_under_its_anchor() -> None:
    assert set(MEANING) == set(STATUS)
    text = (ROOT / openapi.PROBLEMS).read_text()
    headings = {
        line.removeprefix("## ").replace(".", "") for line in text.splitlines() if line.startswith("## ")
    }
    for code in STATUS:
        assert page(code).partition("#")[2] in headings


async def test_the_document_is_served_without_a_token(http: httpx.AsyncClient) -> None:
    answer = await http.get("/openapi.json")
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    assert "HTTPValidationError" not in answer.text
    assert (await http.get("/openapi.json")).text == answer.text


def operations(document: Json) -> list[tuple[str, str, Json]]:
    return [(path, method, it) for path, found in document["paths"].items() for method, it in found.items()]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def sign(document: Json) -> Json:
    found: Json = document["paths"]["/v1/cases/{matter}/request-return"]["post"]
    return found


def form(document: Json) -> Json:
    found: Json = document["components"]["schemas"]["RequestReturnForm"]
    return found


BREAKS: dict[str, Callable[[Json], object]] = {
    "is gone": lambda it: it["paths"].pop("/v1/cases/{matter}/sign"),
    "another operation id": lambda it: sign(it).update(operationId="Return"),
    "note is now required": lambda it: form(it)["required"].append("note"),
    "reason is gone": lambda it: form(it)["properties"].pop("reason"),
    "takes fewer codes": lambda it: form(it)["properties"]["reason"]["enum"].remove("B01"),
    "another type": lambda it: form(it)["properties"]["legal_basis"].update(type="integer"),
    "another pattern": lambda it: form(it)["properties"]["suggested_unit"].update(pattern="^x$"),
    "maxLength is tighter": lambda it: form(it)["properties"]["legal_basis"].update(maxLength=7),
    "minLength is tighter": lambda it: form(it)["properties"]["legal_basis"].update(minLength=70),
    "no longer answers 200": lambda it: sign(it)["responses"].pop("200"),
    "allowed is no longer required": lambda it: it["components"]["schemas"]["MatterState"]["required"].remove(
        "allowed"
    ),
    "parameter proof is now required": lambda it: sign(it)["parameters"].append(
        {"name": "proof", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
}


@pytest.mark.parametrize("finding", BREAKS)
def test_a_breaking_change_is_seen(published: dict[str, Json], finding: str) -> None:
    before = published["dispatch"]
    after = copy.deepcopy(before)
    BREAKS[finding](after)
    found = breaking(before, after)
    assert any(finding in sentence for sentence in found), found


HARMLESS: list[Callable[[Json], object]] = [
    lambda it: it["paths"].update({"/v1/cases/{matter}/new": sign(it)}),
    lambda it: form(it)["properties"].update(note={"type": "string"}),
    lambda it: form(it)["properties"]["reason"]["enum"].append("B07"),
    lambda it: form(it)["properties"]["legal_basis"].update(maxLength=9000),
    lambda it: form(it).update(description="in other words"),
    lambda it: it["components"]["schemas"]["MatterState"]["properties"].update(more={"type": "string"}),
]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_takes_nothing_away_is_no_breaking_change(
    published: dict[str, Json], change: Callable[[Json], object]
) -> None:
    after = copy.deepcopy(published["dispatch"])
    change(after)
    assert breaking(published["dispatch"], after) == []


def test_a_breaking_change_is_not_written_unless_it_is_meant(tmp_path: Path) -> None:
    old = json.loads(openapi.documents()[openapi.FOLDER / "dispatch.json"])
    old["paths"]["/v1/cases/{matter}/forgotten"] = sign(old)
    (tmp_path / openapi.FOLDER).mkdir(parents=True)
    committed = tmp_path / openapi.FOLDER / "dispatch.json"
    committed.write_text(json.dumps(old))
    assert openapi.main(tmp_path, ["write"]) == 1
    assert "forgotten" in committed.read_text()
    assert openapi.main(tmp_path, ["write", "--breaking"]) == 0
    assert "forgotten" not in committed.read_text()
    assert openapi.main(tmp_path, ["check"]) == 0
