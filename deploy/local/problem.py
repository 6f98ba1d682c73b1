"""What can go wrong on a machine, said in one line with its remedy."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Problem(Exception):
    """The machine refuses; the user can do something about it.

    `what` says what is wrong, `remedy` what to do. The command line prints both on one line and exits with 1.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


def disk_full(where: Path) -> Problem:
    """Nothing can be written at `where` because its disk is full."""
    return Problem(f"The disk that holds {where} is full.", "Free some space, or set BIHUAN_HOME elsewhere.")


def no_permission(where: Path) -> Problem:
    """Nothing can be written at `where` because the user may not."""
    return Problem(
        f"No permission to write to {where}.",
        "Set BIHUAN_HOME (data) and BIHUAN_CACHE (downloads) to folders this user owns.",
    )


@contextmanager
def said_plainly(where: Path) -> Iterator[None]:
    """Turn the two disk errors a user can mend into a `Problem`; anything else passes through."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(where) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise no_permission(where) from error
        raise


_TELLTALE = (
    (
        "Address already in use",
        "A port it needs is in use.",
        "Stop the other program, or run it again.",
    ),
    ("No space left on device", "The disk is full.", "Free some space, or set BIHUAN_HOME elsewhere."),
    ("Permission denied", "It may not read or write one of its files.", "Check who owns the data folder."),
    ("UnsupportedClassVersionError", "Java is too old.", "Install Java 17 or newer, or unset BIHUAN_JAVA."),
    ("Cannot allocate memory", "Memory is short.", "Stop other programs and try again."),
)


def from_log(name: str, logs: list[Path]) -> Problem:
    """Say why `name` ended or never answered, from the last 8 KB of each of its logs."""
    tail = "".join(log.read_bytes()[-8192:].decode("utf-8", "replace") for log in logs if log.exists())
    for sign, what, remedy in _TELLTALE:
        if sign in tail:
            return Problem(f"{name} did not start: {what}", f"{remedy} Its log is {logs[-1]}.")
    return Problem(f"{name} did not start.", f"Its log says why: {logs[-1]}")
