"""What metrics refuses before it asks its database, and what it says while the database is away."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from libs.events.errors import Unavailable
from libs.events.postgres.session import Connection
from libs.events.runtime import read_only
from services.metrics.app import reader
from services.metrics.permissions import DISTRICT, PERMISSIONS, visible_to
from services.metrics.queries import Questions
from services.metrics.reading import Reading
from services.metrics.settings import Settings
from tests.api.edge.ledger import KEYS, bearer, client
from tests.unit.metrics.histories import MATTER

READS = (
    "/v1/indicators",
    "/v1/indicators/CLOSE_RATE",
    "/v1/indicators/CLOSE_RATE/cases",
    "/v1/matters",
    f"/v1/matters/{MATTER}",
    f"/v1/matters/{MATTER}/timeline",
)


class Away(AbstractAsyncContextManager[Connection]):
    """A database that does not answer."""

    async def __aenter__(self) -> Connection:
        raise Unavailable("database")

    async def __aexit__(self, *_: object) -> None: ...


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of metrics without a database."""
    (tmp_path / "jwks.json").write_text(KEYS[1])
    settings = Settings(jwks_file=tmp_path / "jwks.json", after_deadline=0.1)
    async with client(read_only(reader(settings), settings, Reading(Questions(Away)))) as opened:
        yield opened


@pytest.mark.parametrize("path", READS)
async def test_every_read_asks_who_you_are(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


@pytest.mark.parametrize("path", READS)
async def test_a_role_without_the_permission_is_refused(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=bearer("PUB"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize("path", READS[1:])
async def test_without_its_database_a_read_says_try_again(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=bearer("LDR"))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def test_the_definitions_need_no_database(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/indicators", headers=bearer("MTR"))
    assert len(answer.json()["items"]) == 6


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("by=weather", "by", "unknown_code"),
        ("from=yesterday", "from", "invalid"),
        ("from=2020-02-01&to=2020-01-01", "to", "out_of_range"),
        ("period=2020-13", "period", "bad_format"),
        ("period=2020&from=2020-01-01", "period", "bad_format"),
        ("channel=77", "channel", "unknown_code"),
        ("org=%00", "org", "bad_format"),
        ("org=' OR 1=1", "org", "bad_format"),
        ("source=%00", "source", "bad_format"),
        ("switch=all", "switch", "unknown_code"),
        ("decimals=9", "decimals", "out_of_range"),
        ("chanel=03", "chanel", "unknown_field"),
    ],
)
async def test_a_wrong_parameter_is_named(
    http: httpx.AsyncClient, query: str, parameter: str, code: str
) -> None:
    answer = await http.get(f"/v1/indicators/CLOSE_RATE?{query}", headers=bearer("LDR"))
    assert (answer.status_code, answer.json()["code"]) == (422, "fields_wrong")
    wrong = answer.json()["errors"]
    assert [found["parameter"] for found in wrong] == [parameter]
    assert wrong[0]["code"] in {code, "bad_format", "invalid"}


@pytest.mark.parametrize("cursor", ["x", "===", "MjAyMC0wMS0wMXww", "4pyT", "bm9wZXxub3Bl"])
async def test_a_cursor_of_somebody_else_is_refused(http: httpx.AsyncClient, cursor: str) -> None:
    answer = await http.get("/v1/matters", params={"cursor": cursor}, headers=bearer("LDR"))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("limit", [0, 201, "many"])
async def test_a_page_has_bounds(http: httpx.AsyncClient, limit: object) -> None:
    answer = await http.get("/v1/matters", params={"limit": str(limit)}, headers=bearer("LDR"))
    assert answer.status_code == 422


@pytest.mark.parametrize("position", ["case", "thing-7@1", f"case-{MATTER}@0", f"CASE-{MATTER}@1"])
async def test_a_position_that_no_service_gave_is_refused(http: httpx.AsyncClient, position: str) -> None:
    answer = await http.get("/v1/matters", params={"after": position}, headers=bearer("LDR"))
    assert (answer.status_code, answer.json()["code"]) == (400, "after_malformed")


async def test_there_is_nothing_to_write(http: httpx.AsyncClient) -> None:
    for path in READS:
        answer = await http.post(path, json={}, headers={**bearer("LDR"), "idempotency-key": "k"})
        assert answer.status_code == 405


def test_only_district_roles_see_everything() -> None:
    for operation, roles in PERMISSIONS.items():
        for role in roles:
            expected = None if role in DISTRICT | {"MTR"} else "unit-a"
            assert visible_to("unit-a", frozenset({role}), operation) == expected


def test_a_role_opens_only_what_it_is_for() -> None:
    both = frozenset({"MTR", "UNT"})
    assert visible_to("unit-a", both, "ReadIndicator") is None
    assert visible_to("unit-a", both, "ListMatters") == "unit-a"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::"])
def test_pages_are_open_on_loopback_only(host: str) -> None:
    with pytest.raises(ValidationError, match="loopback"):
        Settings(host=host, open_pages=True)
    assert not Settings(host=host).open_pages
    assert Settings(host="127.0.0.1", open_pages=True).open_pages
