"""Generated requests, right and wrong, against the documented interface of every stage: never a 500."""

import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.events.memory import MemoryStore
from libs.events.recording import Origin
from libs.events.runtime import build
from libs.events.stage import Stage
from services.dispatch.app import stage as dispatch
from services.intake.app import stage as intake
from services.mediation.app import stage as mediation
from tests.api.edge import ledger

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODEST = settings(max_examples=4, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


def documented(stage: Stage) -> Any:
    """The stage in process, as its own document describes it."""
    folder = Path(tempfile.mkdtemp())
    store = MemoryStore(Origin(f"/bihuan/local/{stage.name}", stage.topic))
    app = build(stage, ledger.settings(folder, after_deadline=0.01), store=store)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def everybody(stage: Stage) -> dict[str, str]:
    roles = sorted({role for roles in stage.permissions.values() for role in roles})
    return ledger.bearer(*roles)


@pytest.mark.parametrize("stage", [intake, dispatch, mediation], ids=lambda stage: stage.name)
def test_no_generated_request_breaks_the_edge(stage: Stage) -> None:
    headers = everybody(stage)
    seen = 0
    operations = [found.ok() for found in documented(stage).get_all_operations()]
    for operation, mode in product(operations, GenerationMode):

        @MODEST
        @given(case=operation.as_strategy(generation_mode=mode))
        def sent(case: Any) -> None:
            nonlocal seen
            seen += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        sent()
    assert seen > 40
