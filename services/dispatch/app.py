"""Everything dispatch is made of."""

from libs.events.runtime import Stage
from services.dispatch.clock_routes import router as clocks
from services.dispatch.decider import allowed, dispatch, view
from services.dispatch.import_routes import router as imports
from services.dispatch.permissions import PERMISSIONS
from services.dispatch.policies import on_intake, on_mediation
from services.dispatch.routes import router

router.include_router(clocks)
router.include_router(imports)

stage = Stage(
    name="dispatch",
    prefix="case",
    topic="case.dispatch",
    noun="cases",
    decider=dispatch,
    routes=router,
    permissions=PERMISSIONS,
    view=view,
    allowed=allowed,
    listens_to={"case.intake": on_intake, "case.mediation": on_mediation},
)
