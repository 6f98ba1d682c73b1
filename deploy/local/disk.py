"""Is there room? A full disk is better met before the start than inside a database."""

import shutil
from pathlib import Path

from deploy.local.problem import Problem

LEAST = 200 * 1024 * 1024
"""Bytes that must be free: an empty stack takes about 150 MB, half of it PostgreSQL's first log files."""


def free(folder: Path) -> int:
    """Return the free bytes of the disk that holds the folder, or would hold it."""
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    return shutil.disk_usage(nearest).free


def require(folder: Path) -> None:
    """Raise `Problem` when less than `LEAST` bytes are free."""
    left = free(folder)
    if left < LEAST:
        raise Problem(
            f"The disk that holds {folder} is full: {left // 2**20} MB free, {LEAST // 2**20} MB needed.",
            "Free some space, or set BIHUAN_HOME to a folder on another disk.",
        )
