"""The two servers that the command path is compared with: FastAPI as its documentation writes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from fastapi import FastAPI

from bench.calibrate import ROW, TABLE
from libs.events.settings import Settings
from services.intake.schemas import SubmitReportForm


def echo(_: Settings) -> FastAPI:
    """The same body and model, no database."""
    app = FastAPI()

    @app.post("/v1/reports", status_code=201)
    async def submit(body: SubmitReportForm) -> SubmitReportForm:
        return body

    return app


def insert(settings: Settings) -> FastAPI:
    """The same body and model, and one committed row."""
    pools: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(settings.postgres_dsn) as pool:
            await pool.execute(TABLE)
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/reports", status_code=201)
    async def submit(body: SubmitReportForm) -> SubmitReportForm:
        await pools[0].execute(ROW, body.model_dump_json().encode())
        return body

    return app
