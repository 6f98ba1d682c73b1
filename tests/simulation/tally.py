"""How many seeds were judged, and which of them broke a rule; kept in a file between runs."""

import json
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Tally:
    """Seeds from `first`, at one commit; a plus when what is simulated has changes."""

    commit: str
    first: int = 0
    seeds: int = 0
    broke: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def of(cls, keep: Path | None, first: int, *, fresh: bool = False) -> "Tally":
        """What was written down for this commit and beginning, else nothing yet."""
        kept = None if fresh else load(keep)
        here = commit()
        same = kept is not None and (kept.commit, kept.first) == (here, first) and not here.endswith("+")
        return kept if kept is not None and same else cls(here, first)

    @property
    def next(self) -> int:
        """The first seed that is not judged."""
        return self.first + self.seeds

    def count(self, seed: int, findings: list[str]) -> None:
        """One more; seeds come in their order."""
        assert seed == self.next
        self.seeds += 1
        if findings:
            self.broke.append(seed)

    def told(self) -> str:
        """In a sentence."""
        broke = f"{len(self.broke)} broke a rule" + (f" ({self.broke[:20]})" if self.broke else "")
        return f"{self.seeds:,} seeds from {self.first} at {self.commit}: {broke}, {self.seconds:.0f} s"

    def save(self, keep: Path | None) -> None:
        """Write it down, whole or not at all."""
        if keep is not None:
            keep.parent.mkdir(parents=True, exist_ok=True)
            draft = keep.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(self)) + "\n")
            draft.replace(keep)


def load(keep: Path | None) -> Tally | None:
    """What was written down, if anything was."""
    return Tally(**json.loads(keep.read_text())) if keep is not None and keep.exists() else None


def commit(root: Path = ROOT) -> str:
    """The commit under test, short; a plus when what is tested has changes, which the documents are not."""
    named = _git(root, "rev-parse", "--short", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", ".", ":!docs")
    return f"{named}{'+' if changed else ''}" if named else "unknown"


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip()
