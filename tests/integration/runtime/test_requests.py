"""Accepted means stored, once, whatever happens to the answer (reliability R1, F16)."""

import asyncio
import json

import asyncpg
import httpx

from tests.integration.runtime.process import REPORT, Place, becomes, submit
from tests.waiting import until

COUNTS = {"events": "SELECT count(*) FROM events", "outbox": "SELECT count(*) FROM outbox"}


async def count(at: Place, table: str) -> int:
    connection = await asyncpg.connect(at.dsn)
    try:
        return int(await connection.fetchval(COUNTS[table]))
    finally:
        await connection.close()


async def test_fifty_equal_requests_in_parallel_make_one_report(
    running: Place, http: httpx.AsyncClient
) -> None:
    await becomes(http, database=True, migrations=True)
    answers = await asyncio.gather(*(submit(http, running, "same") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    assert await count(running, "events") == 1


async def test_a_lost_answer_is_given_again(running: Place, http: httpx.AsyncClient) -> None:
    await becomes(http, database=True, migrations=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    body = json.dumps(REPORT)
    head = {**running.bearer(), "idempotency-key": "lost", "content-type": "application/json"}
    lines = [f"{name}: {value}" for name, value in {**head, "content-length": str(len(body))}.items()]
    writer.write("\r\n".join(["POST /v1/reports HTTP/1.1", "host: x", *lines, "", body]).encode())

    async def stored() -> bool:
        return await count(running, "events") == 1

    await until(stored, 10)
    writer.transport.abort()
    del reader
    again = await submit(http, running, "lost")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert await count(running, "events") == 1


async def test_what_is_accepted_is_published(running: Place, http: httpx.AsyncClient) -> None:
    await becomes(http, ready=True)
    answers = await asyncio.gather(*(submit(http, running, f"k-{number}") for number in range(20)))
    assert {answer.status_code for answer in answers} == {201}

    async def published() -> bool:
        return await count(running, "outbox") == 0

    await until(published, 10)
    assert await count(running, "events") == 20
    metrics = (await http.get("/metrics")).text
    assert (
        'bihuan_commands_total{operation="SubmitReport",outcome="accepted",service="intake"} 20.0' in metrics
    )
    assert 'bihuan_outbox_rows{service="intake"}' in metrics
