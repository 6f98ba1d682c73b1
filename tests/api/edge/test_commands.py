"""A command over HTTP, from the happy path to every way of asking wrongly."""

import asyncio

import httpx

from libs.events.memory import MemoryStore
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


async def test_a_repeated_request_gets_the_first_answer_again(http: httpx.AsyncClient) -> None:
    first = await post(http, "/v1/cases", {"case_no": "A-1"})
    again = await post(http, "/v1/cases", {"case_no": "A-1"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    for name in ("location", "etag", "position"):
        assert again.headers[name] == first.headers[name]


async def test_the_order_of_members_does_not_make_it_another_request(http: httpx.AsyncClient) -> None:
    first = await post(http, "/v1/cases", {"case_no": "A-1", "count": 1})
    again = await post(http, "/v1/cases", {"count": 1, "case_no": "A-1"})
    assert again.json() == first.json()


async def test_a_key_used_for_another_request_is_422(http: httpx.AsyncClient) -> None:
    matter = await received(http, "k-1")
    other_body = await post(http, "/v1/cases", {"case_no": "A-2"})
    other_route = await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"})
    for answer in (other_body, other_route):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


async def test_keys_of_two_callers_do_not_meet(http: httpx.AsyncClient) -> None:
    first = await post(http, "/v1/cases", {"case_no": "A-1"})
    other = {**bearer(user="u-2"), "idempotency-key": "k-1"}
    second = await http.post("/v1/cases", json={"case_no": "A-2"}, headers=other)
    assert (second.status_code, second.json()["matter"] != first.json()["matter"]) == (201, True)


async def test_fifty_equal_requests_at_once_make_one_matter(
    http: httpx.AsyncClient, store: MemoryStore
) -> None:
    answers = await asyncio.gather(*(post(http, "/v1/cases", {"case_no": "A-1"}) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49


async def test_a_command_satisfied_already_answers_the_same_without_a_new_event(
    http: httpx.AsyncClient,
) -> None:
    matter = await received(http)
    await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"}, "s-1")
    again = await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"}, "s-2")
    assert (again.status_code, again.json()["version"]) == (200, 2)


async def test_a_refusal_names_its_rule_and_what_is_possible(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    answer = await post(http, f"/v1/cases/{matter}/sign", {"person": "nobody"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "dispatch.signed_by_the_wrong_person")
    assert body["type"] == "/docs/problems.md#dispatchsigned_by_the_wrong_person"
    assert (body["allowed"], body["retryable"]) == (["explain", "sign"], False)


async def test_a_refusal_is_not_stored_so_the_key_can_be_used_when_the_world_moved_on(
    http: httpx.AsyncClient,
) -> None:
    matter = await received(http)
    assert (await post(http, f"/v1/cases/{matter}/sign", {"person": "nobody"})).status_code == 409
    assert (await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"})).status_code == 200


async def test_only_if_nobody_was_faster(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    await post(http, f"/v1/cases/{matter}/explain", {"text": "reason"}, "e-1")
    late = await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"}, **{"if-match": '"1"'})
    assert (late.status_code, late.json()["code"], late.headers["etag"]) == (412, "stale_version", '"2"')
    fresh = await post(http, f"/v1/cases/{matter}/sign", {"person": "u-2"}, **{"if-match": '"2"'})
    assert fresh.status_code == 200


async def test_allowed_is_what_this_caller_may_do(http: httpx.AsyncClient) -> None:
    matter = await received(http)
    headers = {**bearer("UNT"), "idempotency-key": "s-1"}
    answer = await http.post(f"/v1/cases/{matter}/sign", json={"person": "nobody"}, headers=headers)
    assert answer.json()["allowed"] == ["sign"]


async def test_the_facts_carry_the_callers_trace(http: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await post(http, "/v1/cases", {"case_no": "A-1"}, traceparent=f"00-{trace}-b7ad6b7169203331-01")
    history = await http.get(f"{answer.headers['location']}/events", headers=bearer())
    assert history.json()["items"][0]["traceparent"].split("-")[1] == trace
