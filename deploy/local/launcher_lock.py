"""Only one launcher changes a stack at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.paths import Paths, prepare
from deploy.local.problem import Problem, said_plainly


@contextmanager
def held(paths: Paths) -> Iterator[None]:
    """Hold the stack; raise `Problem` at once when another launcher does. The system frees it when we die."""
    prepare(paths)
    with said_plainly(paths.lock), paths.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Problem(
                f"Another launcher (pid {file.read().strip() or 'unknown'}) is at work on {paths.home}.",
                "Wait until it has finished, then run the command again.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
