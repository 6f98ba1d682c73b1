"""No request leaves a cycle of objects behind, so a service need not look for garbage often."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from tests.api.edge.ledger import bearer

REQUESTS = 20
ACCEPTED = {"case_no": "A-1"}


async def ask(app: FastAPI, path: str, headers: dict[str, str], document: object) -> int:
    """The status of one POST, without a client between that might leave something behind itself."""
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(document).encode(), "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": sent}
    await app(scope, receive, send)
    return int(said[0]["status"])


@contextmanager
def uncollected() -> Iterator[list[int]]:
    """Nothing is collected inside; afterwards the list holds how many objects needed a collection."""
    found: list[int] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        found.append(gc.collect())
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("status", "path", "document", "more"),
    [
        (201, "/v1/cases", ACCEPTED, {}),
        (422, "/v1/cases", {"case_no": 1, "unheard": "of"}, {}),
        (415, "/v1/cases", ACCEPTED, {"content-type": "text/plain"}),
        (401, "/v1/cases", ACCEPTED, {"authorization": "Bearer x"}),
        (404, "/v1/cases/01a2038e-9931-7583-a35d-8fc62f160204/sign", {"person": "u-2"}, {}),
    ],
)
async def test_neither_an_accepted_nor_a_refused_command_leaves_garbage(
    app: FastAPI, status: int, path: str, document: object, more: dict[str, str]
) -> None:
    head = {**bearer(), "content-type": "application/json", **more}
    assert await ask(app, path, {**head, "idempotency-key": "first"}, document) == status
    with uncollected() as found:
        for number in range(REQUESTS):
            assert await ask(app, path, {**head, "idempotency-key": f"k-{number}"}, document) == status
    assert found[0] < REQUESTS


async def test_neither_a_repeated_nor_a_forbidden_command_leaves_garbage(app: FastAPI) -> None:
    head = {**bearer(), "content-type": "application/json"}
    same = {**head, "idempotency-key": "same"}
    assert await ask(app, "/v1/cases", same, ACCEPTED) == 201
    with uncollected() as found:
        for number in range(REQUESTS):
            assert await ask(app, "/v1/cases", same, ACCEPTED) == 201
            assert await ask(app, "/v1/cases", same, {"case_no": f"B-{number}"}) == 422
    assert found[0] < REQUESTS


async def test_this_would_see_a_cycle_per_request(app: FastAPI) -> None:
    head = {**bearer(), "content-type": "application/json", "idempotency-key": "k"}
    with uncollected() as found:
        for _ in range(REQUESTS):
            assert await ask(app, "/v1/cases", head, ACCEPTED) == 201
            cycle: list[Any] = []
            cycle.append(cycle)
    assert found[0] >= REQUESTS - 1
