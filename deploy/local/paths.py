"""Where the local stack keeps its data and its downloads."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.local.problem import said_plainly

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paths:
    """The state folder of one stack (`home`) and the download cache shared by all (`cache`)."""

    home: Path
    cache: Path

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.home / "logs"

    @property
    def state(self) -> Path:
        """Addresses and process ids of what runs."""
        return self.home / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the one launcher that may change this stack."""
        return self.home / "launcher.lock"

    @property
    def kafka(self) -> Path:
        """The broker's data and configuration."""
        return self.home / "kafka"

    @property
    def keys(self) -> Path:
        """Signing key, public keys and sealing key."""
        return self.home / "keys"

    def installation(self) -> str:
        """Return this stack's own random name, made once; it ties outside data folders to this home."""
        file = self.home / "installation"
        with said_plainly(self.home):
            if not file.exists():
                file.write_text(secrets.token_hex(8))
            return file.read_text().strip()


def resolve() -> Paths:
    """Return the folders of the stack of this project, as `BIHUAN_HOME` and `BIHUAN_CACHE` may overrule."""
    home = Path(os.environ.get("BIHUAN_HOME") or PROJECT / ".bihuan").absolute()
    return Paths(home=home, cache=_cache(home))


def prepare(paths: Paths) -> Paths:
    """Create the folders; raise `Problem` when the user may not or the disk is full."""
    with said_plainly(paths.home):
        for folder in (paths.home, paths.logs):
            folder.mkdir(parents=True, exist_ok=True)
        probe = paths.home / ".probe"
        probe.write_bytes(b"x")
        probe.unlink()
    return paths


def _cache(home: Path) -> Path:
    """Prefer the setting, then the user's cache folder, then the state folder if that one is not writable."""
    setting = os.environ.get("BIHUAN_CACHE")
    if setting:
        return Path(setting).absolute()
    usual = Path("~/.cache/bihuan").expanduser()
    return usual if _creatable(usual) else home / "cache"


def _creatable(folder: Path) -> bool:
    """Say whether this user can write to the folder, or make it."""
    nearest = next((p for p in (folder, *folder.parents) if p.exists()), None)
    return nearest is not None and os.access(nearest, os.W_OK | os.X_OK)
