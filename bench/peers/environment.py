"""Where the peers live: an interpreter with exactly the packages of `bench/constraints.txt`."""

import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.local.paths import PROJECT

HOME = PROJECT / ".bihuan" / "bench-venv"
PINS = PROJECT / "bench" / "constraints.txt"


def python() -> str:
    """The peers' interpreter; made once for each state of the pins."""
    found, stamp = HOME / "bin" / "python", HOME / "pins"
    wanted = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if not (found.exists() and stamp.exists() and stamp.read_text() == wanted):
        _make(found)
        stamp.write_text(wanted)
    return str(found)


def _make(found: Path) -> None:
    """Our own pip fills it, so a Python without ensurepip will do."""
    print(f"installing the peers into {HOME.relative_to(PROJECT)} (once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(HOME)], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = ["--python", str(found), "install", "-q", "--no-deps", "-r", str(PINS)]
    subprocess.run([*pip, *install], check=True)


if __name__ == "__main__":
    python()
