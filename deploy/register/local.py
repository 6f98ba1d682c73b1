"""The local stack as a client sees it: where a stage answers."""

from deploy.local import addresses, paths
from deploy.local.problem import Problem


def url(stage: str) -> str:
    """Where a stage of the running stack answers. Raises `Problem` when it does not run."""
    known = addresses.of_running(paths.resolve())
    if stage not in known.url:
        raise Problem(f"{stage} is not running.", "Start it with: bihuan up")
    return known.url[stage]
