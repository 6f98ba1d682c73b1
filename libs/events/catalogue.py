"""Write or check what is published about events: `python -m libs.events.catalogue write|check`.

`docs/schemas/<kind>.<version>.json` and `docs/asyncapi/<topic>.json`. A change that breaks readers fails
either way, unless `write --breaking` says that it is meant (before a release only). The examples are the
golden files of `tests/contracts/golden`.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from libs.events.asyncapi import TOPICS, dead_letter_document, stage_document
from libs.events.contracts import Event, registry
from libs.events.factschemas import Json, incompatible, schema_of
from libs.events.notices import PARKED, SETTLED, notice
from libs.events.recording import Origin
from libs.events.store import Parked

SCHEMAS = Path("docs/schemas")
TOPIC_DOCUMENTS = Path("docs/asyncapi")
GOLDEN = Path("tests/contracts/golden")


def facts(stage: str = "") -> dict[str, type[Event]]:
    """Released facts by `<kind>.<version>`, sorted; of one stage or of all."""
    released = {f"{kind}.{version}": fact for (kind, version), fact in registry().items()}
    return {name: released[name] for name in sorted(released) if name.startswith(stage)}


def documents(root: Path) -> dict[Path, str]:
    """Every generated file as it should be, by its path from the root."""
    schemas = {SCHEMAS / f"{name}.json": schema_of(fact) for name, fact in facts().items()}
    topics = {TOPIC_DOCUMENTS / f"{topic}.json": _stage(root, stage) for stage, topic in TOPICS.items()}
    dead_letters = {TOPIC_DOCUMENTS / "case.dead-letter.json": dead_letter_document(_notices())}
    return {path: _text(document) for path, document in (schemas | topics | dead_letters).items()}


def _stage(root: Path, stage: str) -> Json:
    owned = facts(f"{stage}.")
    examples = {name: json.loads((root / GOLDEN / f"{name}.json").read_text("utf-8")) for name in owned}
    return stage_document(stage, owned, examples)


def _notices() -> dict[str, Json]:
    moment = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    stream = "report-0190a8f2-7c3e-7c11-9a52-1d2f3e4a5b6c"
    parked = Parked("case.intake", 3, 42, stream, 2, "data", b"", "4bf92f3577b34da6a3ce929d0e0e4736", moment)
    place = (parked.topic, parked.partition, parked.offset, stream, 2, parked.reason, b"", parked.trace_id)
    settled = Parked(*place, moment, (), "DISCARDED", "li.na", moment, "duplicate of a paper form")
    origin = Origin("/bihuan/local/dispatch", "case.dispatch")
    return {
        kind: json.loads(notice(origin, 1, row).value) for kind, row in ((PARKED, parked), (SETTLED, settled))
    }


def _text(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def broken(root: Path, files: Mapping[Path, str]) -> list[str]:
    """What the new schemas take away from readers of the committed ones, and facts without a golden file."""
    findings = [f"{path.name}: a released fact is gone" for path in _orphans(root, files)]
    for path, text in files.items():
        if path.parent == SCHEMAS and (root / path).exists():
            committed = json.loads((root / path).read_text("utf-8"))
            findings += [f"{path.name}: {reason}" for reason in incompatible(committed, json.loads(text))]
    return findings


def _orphans(root: Path, files: Mapping[Path, str]) -> list[Path]:
    committed = (path.relative_to(root) for path in sorted((root / SCHEMAS).glob("*.json")))
    return [path for path in committed if path not in files]


def differing(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """The files that are not what they should be."""
    return [
        path
        for path, text in files.items()
        if not (root / path).exists() or (root / path).read_text("utf-8") != text
    ]


def main(root: Path, arguments: list[str]) -> int:
    """0 when all is well; findings go to standard error."""
    missing = [name for name in facts() if not (root / GOLDEN / f"{name}.json").exists()]
    if missing:
        return _report(f"{GOLDEN}/{name}.json is missing: add an example of the fact" for name in missing)
    files = documents(root)
    findings = [] if "--breaking" in arguments else broken(root, files)
    if not findings and "write" in arguments:
        for path in differing(root, files):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
    return _report([*findings, *(f"{path}: run `make schemas`" for path in differing(root, files))])


def _report(findings: Iterable[str]) -> int:
    lines = list(findings)
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(Path(), sys.argv[1:]))
