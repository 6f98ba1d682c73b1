"""A command over HTTP, from the happy path to every way of asking wrongly."""

import httpx

from tests.api.edge.ledger import bearer


async def post(
    http: httpx.AsyncClient, path: str, body: object, key: str = "k-1", **headers: str
) -> httpx.Response:
    return await http.post(path, json=body, headers={**bearer(), "idempotency-key": key, **headers})


async def received(http: httpx.AsyncClient, key: str = "k-0") -> str:
    answer = await post(http, "/v1/cases", {"case_no": "A-1"}, key)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["matter"])


async def test_a_command_that_begins_a_stream_answers_201_with_its_place(http: httpx.AsyncClient) -> None:
    answer = await post(http, "/v1/cases", {"case_no": "A-1"})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/cases/{body['matter']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["position"] == f"case-{body['matter']}@1"
    assert body["stream"] == f"case-{body['matter']}"
    assert body["version"] == 1
    assert body["state"] == {"lifecycle": "RECEIVED"}
    assert body["allowed"] == ["explain", "sign"]


async def test_a_command_on_a_known_matter_answers_the_new_state(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    answer = await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert answer.json()["state"] == {"lifecycle": "SIGNED"}
