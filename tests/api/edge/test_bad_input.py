"""Whatever is sent: a problem with a stable code, nothing stored, nothing echoed, no 500."""

import json
from typing import Any

import httpx
import pytest

from libs.events.memory import MemoryStore
from tests.api.edge.ledger import bearer

CANARY = "canary-13800138000"
MATTER = "0190b6a0-0000-7000-8000-000000000001"


async def send(
    http: httpx.AsyncClient, raw: bytes, path: str = "/v1/cases", **headers: str
) -> httpx.Response:
    sent = {**bearer(), "idempotency-key": "k-1", "content-type": "application/json", **headers}
    return await http.post(path, content=raw, headers=sent)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["type"].startswith("/docs/problems.md#")
    assert body["title"] != code
    assert len(body["trace_id"]) == 32
    assert CANARY not in answer.text
    return body


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"case_no": "%s"' % CANARY.encode(), 400, "malformed_json"),
        (b"", 422, "fields_wrong"),
        (b"\xff\xfe{}", 400, "malformed_json"),
        (b"\xef\xbb\xbf{}", 400, "malformed_json"),
        (b'{"case_no": NaN}', 400, "malformed_json"),
        (b'{"count": 1%s}' % (b"0" * 5000), 400, "malformed_json"),
        (b'{"case_no": "A-1", "case_no": "A-2"}', 400, "duplicate_field"),
        (b'{"case_no": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "nesting_too_deep"),
        (b"[" * 100_000, 400, "nesting_too_deep"),
        (b'{"case_no": "A\\u0000B%s"}' % CANARY.encode(), 422, "bad_text"),
        (b'{"case_no": "A\\ud800B"}', 422, "bad_text"),
        (b'{"\\ud800": "A"}', 422, "bad_text"),
        (b'{"case_no": "A\x00B"}', 400, "malformed_json"),
        (b'"%s"' % CANARY.encode(), 422, "fields_wrong"),
        (b"null", 422, "fields_wrong"),
    ],
)
async def test_a_malformed_body_is_refused(
    http: httpx.AsyncClient, store: MemoryStore, raw: bytes, status: int, code: str
) -> None:
    problem(await send(http, raw), status, code)
    assert await store.answer("u-1", "k-1") is None


async def test_all_wrong_fields_are_named_at_once(http: httpx.AsyncClient) -> None:
    sent = {"case_no": 5, "org_code": CANARY + "!", "count": "7", "tags": ["a", 3], CANARY: 1, "seen_at": "x"}
    body = problem(await send(http, json.dumps(sent).encode()), 422, "fields_wrong")
    found = {(entry["pointer"], entry["code"]) for entry in body["errors"]}
    assert found == {
        ("/case_no", "wrong_type"),
        ("/org_code", "bad_format"),
        ("/count", "wrong_type"),
        ("/tags/1", "wrong_type"),
        ("/seen_at", "bad_format"),
        ("", "unknown_field"),
    }
    assert all(entry["detail"] != entry["code"] for entry in body["errors"])


async def test_every_bad_text_is_named_at_once(http: httpx.AsyncClient) -> None:
    raw = b'{"case_no": "A\\u0000", "tags": ["fine", "\\udfff"]}'
    body = problem(await send(http, raw), 422, "bad_text")
    assert {entry["pointer"] for entry in body["errors"]} == {"/case_no", "/tags/1"}


async def test_an_escaped_pair_of_surrogates_is_a_character_like_any_other(http: httpx.AsyncClient) -> None:
    assert (await send(http, b'{"case_no": "A-\\ud83d\\ude00"}')).status_code == 201


async def test_a_body_over_one_mebibyte_is_refused_before_it_is_read(http: httpx.AsyncClient) -> None:
    problem(await send(http, b'{"case_no": "' + b"A" * 1024 * 1024 + b'"}'), 413, "body_too_large")


async def test_a_body_of_unknown_length_is_cut_off_at_one_mebibyte(http: httpx.AsyncClient) -> None:
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"A" * 65536

    headers = {**bearer(), "idempotency-key": "k-1", "content-type": "application/json"}
    problem(await http.post("/v1/cases", content=chunks(), headers=headers), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_only_json_is_understood(http: httpx.AsyncClient, kind: str) -> None:
    problem(await send(http, b'{"case_no": "A-1"}', **{"content-type": kind}), 415, "not_json")


async def test_json_with_a_charset_is_json(http: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/json; charset=utf-8"}
    assert (await send(http, b'{"case_no": "A-1"}', **kind)).status_code == 201


async def test_a_command_needs_an_idempotency_key(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/cases", json={"case_no": "A-1"}, headers=bearer())
    problem(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "schlüssel"])
async def test_a_malformed_idempotency_key_is_refused(http: httpx.AsyncClient, key: str) -> None:
    headers = [(b"idempotency-key", key.encode()), *((n.encode(), v.encode()) for n, v in bearer().items())]
    answer = await http.post("/v1/cases", json={"case_no": "A-1"}, headers=headers)
    problem(answer, 400, "idempotency_key_malformed")


@pytest.mark.parametrize("tag", ["7", '"seven"', 'W/"7"', '"0"', '"-1"', '"1", "2"'])
async def test_a_malformed_if_match_is_refused(http: httpx.AsyncClient, tag: str) -> None:
    problem(await send(http, b'{"case_no": "A-1"}', **{"if-match": tag}), 400, "if_match_malformed")


@pytest.mark.parametrize("matter", ["no-uuid", "0", MATTER])
async def test_an_unknown_matter_is_404(http: httpx.AsyncClient, matter: str) -> None:
    problem(await send(http, b'{"person": "u-2"}', f"/v1/cases/{matter}/sign"), 404, "unknown_matter")
    problem(await http.get(f"/v1/cases/{matter}", headers=bearer()), 404, "unknown_matter")
    problem(await http.get(f"/v1/cases/{matter}/events", headers=bearer()), 404, "unknown_matter")


async def test_an_unknown_address_is_404_and_is_not_repeated(http: httpx.AsyncClient) -> None:
    problem(await http.get(f"/v1/{CANARY}", headers=bearer()), 404, "not_found")
    problem(await http.get("/docs", headers=bearer()), 404, "not_found")


async def test_a_wrong_method_says_which_are_right(http: httpx.AsyncClient) -> None:
    answer = await http.put("/v1/cases", json={}, headers=bearer())
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_bug_is_a_500_without_a_word_of_the_cause(
    http: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await send(http, json.dumps({"text": CANARY}).encode(), f"/v1/cases/{MATTER}/break")
    body = problem(answer, 500, "internal_error")
    logged = "".join(capsys.readouterr())
    assert body["trace_id"] in logged
    assert "RuntimeError" in logged
    assert CANARY not in logged


async def test_titles_are_chinese_unless_english_is_preferred(http: httpx.AsyncClient) -> None:
    chinese = (await send(http, b"{")).json()["title"]
    english = (await send(http, b"{", **{"accept-language": "en-GB, zh;q=0.5"})).json()["title"]
    mixed = (await send(http, b"{", **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})).json()["title"]
    assert chinese == mixed == "不是有效的 JSON"
    assert english == "The body is not valid JSON"


async def test_every_answer_carries_safe_headers(http: httpx.AsyncClient) -> None:
    for answer in (await send(http, b'{"case_no": "A-1"}'), await http.get("/nowhere")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_trace_of_the_caller_is_kept(http: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    sent = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert (await send(http, b"{", **sent)).json()["trace_id"] == trace
    assert (await send(http, b"{", traceparent=f"00-{CANARY}")).json()["trace_id"] != trace
