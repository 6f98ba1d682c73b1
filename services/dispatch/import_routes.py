"""The way in for legacy registers of cases."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.http import Caller, caller
from libs.events.importing import ImportAnswer, ImportBody, Legacy, import_rows
from services.dispatch.imports import TEXTS, CaseRow, faults, plan

LEGACY = Legacy(CaseRow, TEXTS, faults, plan)
router = APIRouter()


@router.post(
    "/import",
    operation_id="ImportCases",
    summary="Import rows of a legacy register",
    responses={200: {"model": ImportAnswer}},
)
async def import_cases(body: ImportBody, by: Annotated[Caller, Depends(caller)]) -> Response:
    """Up to 500 rows, each with all its steps at their own times; a row is imported whole or not at all."""
    return await import_rows(by, body, LEGACY)
