"""What the three stages promise over HTTP: one command, one POST, with an example that is valid."""

import json
import re
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from libs.events.runtime import Stage
from services.dispatch import commands as dispatching
from services.dispatch.app import stage as dispatch
from services.intake import commands as reporting
from services.intake.app import stage as intake
from services.mediation import commands as mediating
from services.mediation.app import stage as mediation

STAGES = ((intake, reporting), (dispatch, dispatching), (mediation, mediating))
POLICY_ONLY = {
    *("ReceiveCase", "HandBack", "RecordOutcome", "WithdrawOutcome", "NoteDispatch", "AwaitDispatch"),
}
"""Commands that no person gives."""
IMPORTS = {"ImportCases", "ImportDisputes"}


def routes(stage: Stage) -> list[APIRoute]:
    """Its own, and those of the routers that it includes."""
    found = (context.original_route for context in iter_route_contexts(stage.routes.routes))
    return [route for route in found if isinstance(route, APIRoute) and route.operation_id not in IMPORTS]


def bodies() -> list[tuple[str, type[BaseModel], dict[str, Any]]]:
    """Every example of every body, as (operation, form, example)."""
    found = []
    for stage, _ in STAGES:
        for route in routes(stage):
            form = route.body_field.field_info.annotation if route.body_field else None
            assert isinstance(form, type)
            assert issubclass(form, BaseModel)
            schema = form.model_json_schema()
            found += [(str(route.operation_id), form, example) for example in schema.get("examples", [])]
    return found


@pytest.mark.parametrize(("stage", "commands"), STAGES)
def test_every_command_has_a_route_and_only_reactions_have_none(stage: Stage, commands: Any) -> None:
    asked = {command.__name__ for command in get_args(commands.Command)} - POLICY_ONLY
    offered = {route.operation_id for route in iter_route_contexts(stage.routes.routes)} - IMPORTS
    assert offered == asked


@pytest.mark.parametrize("stage", [stage for stage, _ in STAGES])
def test_a_command_is_posted_under_its_own_name(stage: Stage) -> None:
    for route in iter_route_contexts(stage.routes.routes):
        assert route.methods == {"POST"}
        assert route.summary
        if route.path and route.path.startswith("/{matter}/"):
            assert route.path == f"/{{matter}}/{kebab(str(route.operation_id))}"


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@pytest.mark.parametrize(("operation", "form", "example"), bodies())
def test_every_example_is_valid(operation: str, form: type[BaseModel], example: dict[str, Any]) -> None:
    read = form.model_validate_json(json.dumps(example), strict=True)
    assert read.model_fields_set == set(example), operation


def test_every_command_has_an_example() -> None:
    exampled = {operation for operation, _, _ in bodies()}
    offered = {str(route.operation_id) for stage, _ in STAGES for route in routes(stage)}
    assert offered == exampled
