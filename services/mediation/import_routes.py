"""The way in for legacy registers of disputes."""

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from libs.events.importing import ImportAnswer, ImportBody, Legacy, documented, import_rows
from services.mediation.imports import TEXTS, DisputeRow, faults, plan

LEGACY = Legacy(DisputeRow, TEXTS, faults, plan)
router = APIRouter()
EXAMPLE = {
    "external_no": "2019-000021",
    "channel": "13",
    "category": "5.DC.02",
    "org_code": "640202001001",
    "summary": "Two neighbours disagree about a leak.",
    "registered_at": "2019-03-01T08:30:00+08:00",
    "registered_by": "station-01",
    "accepted_at": "2019-03-01T15:00:00+08:00",
    "mediation_type": "1",
    "committee": "dwk-mediation",
    "accepted_by": "office-01",
}


class ImportDisputesForm(ImportBody):
    """Rows of one register of disputes."""

    model_config = documented(DisputeRow, EXAMPLE)


@router.post(
    "/import",
    operation_id="ImportDisputes",
    summary="Import rows of a legacy register",
    responses={200: {"model": ImportAnswer}},
)
async def import_disputes(body: ImportDisputesForm, by: By) -> Response:
    """Up to 500 rows, each with all its steps at their own times; a row is imported whole or not at all."""
    return await import_rows(by, body, LEGACY)
