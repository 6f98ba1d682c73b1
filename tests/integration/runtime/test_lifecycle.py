"""A process tells the truth about itself, and ends without losing anything (reliability R10, R12)."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.conftest import in_own_thread
from tests.integration.kafka.traffic import own_broker
from tests.integration.runtime.process import Place, becomes, make_topics, parts, place, service, submit
from tests.integration.runtime.test_requests import count
from tests.waiting import until


@asynccontextmanager
async def client(at: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=at.url, timeout=15, trust_env=False) as http:
        yield http


async def test_sigterm_finishes_what_was_begun_and_exits_with_0(home: Place, http: httpx.AsyncClient) -> None:
    with service(home) as process:
        await becomes(http, ready=True)
        accepted = 0

        async def insist(worker: int) -> None:
            nonlocal accepted
            for number in range(1000):
                try:
                    answer = await submit(http, home, f"{worker}-{number}")
                except httpx.ConnectError:
                    return
                assert answer.status_code == 201
                accepted += 1

        async def busy() -> bool:
            return accepted >= 20

        load = [asyncio.create_task(insist(worker)) for worker in range(8)]
        await until(busy, 20)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = await asyncio.to_thread(process.wait, 30)
        await asyncio.gather(*load, return_exceptions=True)
        assert (code, time.monotonic() - began < 30) == (0, True), home.log()
        assert await count(home, "events") >= accepted
        assert await count(home, "outbox") == 0


async def test_a_service_starts_without_kafka_accepts_and_is_ready_when_kafka_comes_and_not_when_it_goes(
    tmp_path: Path, database: str
) -> None:
    broker = own_broker(tmp_path)
    at = place(tmp_path, database, broker.bootstrap)
    with service(at) as process:
        async with client(at) as http:
            await becomes(http, database=True, migrations=True, consumer=False, reference=False, ready=False)
            assert (await submit(http, at, "k-1")).status_code == 201
            await becomes(http, relay=False)
            broker.start()
            try:
                in_own_thread(lambda: make_topics(at))
                await becomes(http, ready=True)
                assert await count(at, "outbox") == 0
                await asyncio.to_thread(broker.end, signal.SIGTERM)
                await becomes(http, ready=False)
                assert (await parts(http))["reference"] is True
                assert (await submit(http, at, "k-2")).status_code == 201
                await asyncio.to_thread(broker.start)
                await becomes(http, ready=True)
            finally:
                await asyncio.to_thread(broker.end, signal.SIGKILL)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0, at.log()


async def test_without_its_database_a_service_says_so_quickly(tmp_path: Path, kafka_bootstrap: str) -> None:
    at = place(tmp_path, "postgresql://nobody@127.0.0.1:9/none", kafka_bootstrap)
    with service(at) as process:
        async with client(at) as http:
            await becomes(http, database=False, ready=False)
            began = time.monotonic()
            answer = await submit(http, at, "k-1")
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert "retry-after" in answer.headers
            assert time.monotonic() - began < 5
            assert (await http.get("/healthz")).status_code == 200
            assert "127.0.0.1:9" not in (await http.get("/readyz")).text
            assert (await parts(http))["migrations"] is False
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0, at.log()
