"""The way in for legacy registers of cases."""

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from libs.events.importing import ImportAnswer, ImportBody, Legacy, documented, import_rows
from services.dispatch.imports import TEXTS, CaseRow, faults, plan

LEGACY = Legacy(CaseRow, TEXTS, faults, plan)
router = APIRouter()
EXAMPLE = {
    "external_no": "2019-000017",
    "channel": "03",
    "category": "2.EVENT.LITTER",
    "org_code": "640202001001",
    "filed_at": "2019-03-01T08:30:00+08:00",
    "dispatched_at": "2019-03-01T09:00:00+08:00",
    "unit": "dwk-urban",
    "dispatched_by": "duty-01",
    "signed_at": "2019-03-01T10:00:00+08:00",
    "person_in_charge": "dwk-urban-02",
    "feedback_at": "2019-03-02T10:00:00+08:00",
    "handled_by": "dwk-urban-02",
    "result": "O1",
    "measures": "The waste was removed and the gate is cleaned daily.",
    "closed_at": "2019-03-03T10:00:00+08:00",
    "closed_by": "closing-01",
    "outcome": "O1",
}


class ImportCasesForm(ImportBody):
    """Rows of one register of cases."""

    model_config = documented(CaseRow, EXAMPLE)


@router.post(
    "/import",
    operation_id="ImportCases",
    summary="Import rows of a legacy register",
    responses={200: {"model": ImportAnswer}},
)
async def import_cases(body: ImportCasesForm, by: By) -> Response:
    """Up to 500 rows, each with all its steps at their own times; a row is imported whole or not at all."""
    return await import_rows(by, body, LEGACY)
