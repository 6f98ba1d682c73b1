"""Every process of a stack carries its installation's name, so that one nobody wrote down is found again."""

import psutil

from deploy.local.process import Child, birth_of

VARIABLE = "BIHUAN_STACK"


def carriers(installation: str) -> list[Child]:
    """Return the living processes with the mark, without those that another of them started."""
    marked = {pid: parent for pid, parent in _processes() if _mark(pid) == installation}
    roots = [pid for pid, parent in marked.items() if parent not in marked]
    return [Child(pid, birth) for pid in roots if (birth := birth_of(pid)) is not None]


def _processes() -> list[tuple[int, int]]:
    return [(found.info["pid"], found.info["ppid"]) for found in psutil.process_iter(["pid", "ppid"])]


def _mark(pid: int) -> str | None:
    """Return the mark of a process; None where it has none or is not ours to look into."""
    try:
        return psutil.Process(pid).environ().get(VARIABLE)
    except (psutil.Error, OSError):
        return None
