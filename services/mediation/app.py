"""Everything mediation is made of."""

from libs.events.runtime import Stage
from services.mediation.clock_routes import router as clocks
from services.mediation.decider import allowed, mediation, view
from services.mediation.import_routes import router as imports
from services.mediation.permissions import PERMISSIONS
from services.mediation.policies import on_dispatch, on_intake
from services.mediation.routes import router

router.include_router(clocks)
router.include_router(imports)

stage = Stage(
    name="mediation",
    prefix="dispute",
    topic="case.mediation",
    noun="disputes",
    decider=mediation,
    routes=router,
    permissions=PERMISSIONS,
    view=view,
    allowed=allowed,
    listens_to={"case.intake": on_intake, "case.dispatch": on_dispatch},
)
