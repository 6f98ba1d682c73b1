"""PostgreSQL refuses to run as root: which account runs it then, and what that account can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# Accounts that exist on a machine with PostgreSQL, with its wheel, or on any machine at all.
_CANDIDATES = ("postgres", "pgserver", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    uid: int
    gid: int


def account() -> Account | None:
    """Return the account for PostgreSQL when we are root; None when we are an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)


def reaches(who: Account, path: Path) -> bool:
    """Say whether the account may pass through every folder above `path` and read `path`, if it exists."""
    existing = [p for p in (path, *path.parents) if p.exists()]
    return all(_may_pass(who, p.stat()) for p in existing)


def _may_pass(who: Account, found: os.stat_result) -> bool:
    if found.st_uid == who.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == who.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def hand_over(folder: Path, who: Account | None) -> None:
    """Make the folder, private to the account."""
    folder.mkdir(parents=True, exist_ok=True)
    if who is not None:
        os.chown(folder, who.uid, who.gid)
    folder.chmod(0o700)
