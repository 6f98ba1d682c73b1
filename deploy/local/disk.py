"""Is there room? A full disk is better met before the start than inside a database."""

import os
import shutil
from pathlib import Path

from deploy.local.problem import Problem

_LEAST = 200
"""MB that must be free: an empty stack takes about 150, half of it PostgreSQL's first log files."""


def free(folder: Path) -> int:
    """Return the free bytes of the disk that holds the folder, or would hold it."""
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    return shutil.disk_usage(nearest).free


def require(folder: Path) -> None:
    """Raise `Problem` when too little is free; `BIHUAN_LEAST_FREE_MB` asks for more room, or for less."""
    left = free(folder) // 2**20
    least = int(os.environ.get("BIHUAN_LEAST_FREE_MB") or _LEAST)
    if left < least:
        raise Problem(
            f"The disk that holds {folder} is full: {left} MB free, {least} MB needed.",
            "Free some space, or set BIHUAN_HOME to a folder on another disk.",
        )
