"""Nobody writes or reads without a token that this deployment's keys signed."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from libs.events.memory import MemoryStore
from libs.events.runtime import build
from libs.events.settings import Settings
from libs.events.tokens import Keys, Person, issue, new_key, signing_key
from tests.api.edge import ledger

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


async def ask(http: httpx.AsyncClient, authorization: str | None) -> tuple[int, str]:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await http.get("/v1/cases/0190b6a0-0000-7000-8000-000000000001", headers=headers)
    return answer.status_code, answer.json()["code"]


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return "Bearer " + ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims(**others: Any) -> dict[str, Any]:
    person = {"sub": "u-1", "org": "org-1", "roles": ["DSP"], "jurisdiction": "640202"}
    expires = int((NOW + timedelta(hours=1)).timestamp())
    return {"iss": "bihuan-local", "aud": "bihuan", "exp": expires, **person, **others}


def signed(**others: Any) -> str:
    key = signing_key(ledger.KEYS[0])
    kept = {name: value for name, value in claims(**others).items() if value is not None}
    return "Bearer " + jwt.encode({"alg": "ES256", "kid": key.kid}, kept, key)


@pytest.fixture
def app(tmp_path: Path, store: MemoryStore) -> Any:
    return build(ledger.STAGE, ledger.settings(tmp_path), store=store, clock=lambda: NOW)


async def test_a_good_token_passes(http: httpx.AsyncClient) -> None:
    assert await ask(http, signed()) == (404, "unknown_matter")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dTpw", "token"])
async def test_without_a_token_there_is_no_answer(http: httpx.AsyncClient, header: str | None) -> None:
    assert await ask(http, header) == (401, "token_missing")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody-else"}, {"iss": None}, {"aud": "another"}, {"aud": None}, {"exp": None},
        {"sub": None}, {"sub": "a b"}, {"sub": 5}, {"org": None}, {"roles": None}, {"roles": "DSP"},
        {"roles": [1]}, {"act": "u-2"}, {"act": {}}, {"nbf": 99999999999},
    ],
)  # fmt: skip
async def test_a_token_with_a_wrong_claim_is_refused(
    http: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    assert await ask(http, signed(**changed)) == (401, "token_invalid")


async def test_an_expired_token_is_refused(http: httpx.AsyncClient) -> None:
    past = int((NOW - timedelta(minutes=2)).timestamp())
    assert await ask(http, signed(exp=past)) == (401, "token_expired")


async def test_a_remembered_token_expires_too(tmp_path: Path, store: MemoryStore) -> None:
    moments = [NOW]
    app = build(ledger.STAGE, ledger.settings(tmp_path), store=store, clock=lambda: moments[-1])
    async with ledger.client(app) as http:
        assert (await ask(http, signed()))[0] == 404
        moments.append(NOW + timedelta(hours=2))
        assert await ask(http, signed()) == (401, "token_expired")


async def test_no_other_algorithm_is_accepted(http: httpx.AsyncClient) -> None:
    unsigned = forged({"alg": "none"}, claims())
    confused = jwt.encode({"alg": "HS256"}, claims(), OctKey.import_key(ledger.KEYS[1]), algorithms=["HS256"])
    assert await ask(http, unsigned) == (401, "token_invalid")
    assert await ask(http, f"Bearer {confused}") == (401, "token_invalid")


async def test_a_key_that_is_not_ours_is_refused(http: httpx.AsyncClient) -> None:
    person = Person(user="u-1", org="org-1", roles=("DSP",))
    stranger = issue(person, signing_key(new_key()[0]), Settings(), now=NOW)
    assert await ask(http, f"Bearer {stranger}") == (401, "token_invalid")
    assert await ask(http, forged({"alg": "ES256", "kid": "../../etc/passwd"}, claims(), b"x" * 64)) == (
        401,
        "token_invalid",
    )


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.è.ê", "." * 50, "x" * 5000, "e30.e30.e30"])
async def test_garbage_is_refused(http: httpx.AsyncClient, token: str) -> None:
    answer = await http.get("/v1/cases/x", headers=[(b"authorization", b"Bearer " + token.encode())])
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


async def test_a_role_that_may_not_is_403(http: httpx.AsyncClient) -> None:
    assert await ask(http, signed(roles=["AUD"])) == (403, "not_permitted")
    assert await ask(http, signed(roles=[])) == (403, "not_permitted")


async def test_who_acts_for_whom_reaches_the_event(http: httpx.AsyncClient) -> None:
    headers = {"authorization": signed(act={"sub": "u-9"}, roles=["DSP", "AUD"]), "idempotency-key": "k"}
    answer = await http.post("/v1/cases", json={"case_no": "A-1"}, headers=headers)
    history = await http.get(f"{answer.headers['location']}/events", headers={"authorization": signed()})
    event = history.json()["items"][0]
    assert (event["actorid"], event["actorrole"], event["onbehalfof"]) == ("u-1", "DSP", "u-9")
    assert event["jurisdiction"] == "640202"


async def test_keys_are_read_again_when_their_file_changes(tmp_path: Path) -> None:
    elapsed = [0.0]
    file = tmp_path / "jwks.json"
    keys = Keys(file, None, monotonic=lambda: elapsed[0])
    assert not await keys.refreshed()
    file.write_text(new_key()[1])
    assert not await keys.refreshed()
    elapsed[0] += 6
    assert await keys.refreshed()
    first = keys.current
    elapsed[0] += 6
    assert not await keys.refreshed()
    file.write_text("not json")
    elapsed[0] += 6
    assert not await keys.refreshed()
    assert keys.current is first


async def test_a_withdrawn_key_ends_the_tokens_it_signed(tmp_path: Path, store: MemoryStore) -> None:
    app = build(ledger.STAGE, ledger.settings(tmp_path), store=store, clock=lambda: NOW)
    elapsed = [0.0]
    app.state.front.tokens.keys = Keys(tmp_path / "jwks.json", None, monotonic=lambda: elapsed[0])
    async with ledger.client(app) as http:
        assert (await ask(http, signed()))[0] == 404
        (tmp_path / "jwks.json").write_text(new_key()[1])
        elapsed[0] += 6
        assert await ask(http, signed()) == (401, "token_invalid")
