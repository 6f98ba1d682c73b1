"""Everything intake is made of."""

from libs.events.runtime import Stage
from services.intake.decider import allowed, intake, view
from services.intake.permissions import PERMISSIONS
from services.intake.policies import on_dispatch, on_mediation
from services.intake.routes import router

stage = Stage(
    name="intake",
    prefix="report",
    topic="case.intake",
    noun="reports",
    decider=intake,
    routes=router,
    permissions=PERMISSIONS,
    view=view,
    allowed=allowed,
    listens_to={"case.dispatch": on_dispatch, "case.mediation": on_mediation},
)
