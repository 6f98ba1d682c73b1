"""The rebuild as a part of the demo: the same one that `bihuan rebuild` runs."""

from rich.console import Console

from deploy.cli.rebuild import run
from deploy.local import addresses
from deploy.local.paths import Paths
from services.metrics.folding import Log
from services.metrics.rebuild import Options


def identical(where: Paths, console: Console) -> bool:
    """Fold the whole log anew, compare row for row, swap; whether live and rebuilt were the same."""
    known = addresses.of_running(where)
    return run(Options(known.dsn["metrics"], Log(known.bootstrap)), console).identical
