"""Write or check what is published about HTTP: `python -m libs.events.openapi write|check`.

`docs/openapi/<service>.json` and `docs/problems.md`. A change that breaks clients fails either way, unless
`write --breaking` says that it is meant.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from libs.events.breaking import breaking
from libs.events.described import completed
from libs.events.problem_pages import pages
from libs.events.service import build, read_only
from libs.events.settings import Settings
from libs.events.stage import Reader, Stage

SERVICES = ("dispatch", "intake", "mediation", "metrics")
FOLDER = Path("docs/openapi")
PROBLEMS = Path("docs/problems.md")


def documents() -> dict[Path, str]:
    """Every published file as it should be, by its path from the root."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_text(base64.b64encode(bytes(32)).decode())
        settings = Settings(sealing_key_file=key)
        made = {name: completed(_application(name, settings), name) for name in SERVICES}
    files = {FOLDER / f"{name}.json": _text(schema) for name, schema in made.items()}
    return {**files, PROBLEMS: pages()}


def _application(name: str, settings: Settings) -> FastAPI:
    """The service's application; `libs` may not import `services`, so by name."""
    module = import_module(f"services.{name}.app")
    stage: Stage | None = getattr(module, "stage", None)
    if stage is not None:
        return build(stage, settings)
    reader: Reader = module.reader(import_module(f"services.{name}.settings").Settings())
    return read_only(reader, settings)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


def broken(root: Path, files: Mapping[Path, str]) -> list[str]:
    """What the new documents take away from clients of the committed ones."""
    return [
        f"{path.name}: {finding}"
        for path, text in files.items()
        if path.suffix == ".json" and (root / path).exists()
        for finding in breaking(json.loads((root / path).read_text(encoding="utf-8")), json.loads(text))
    ]


def differing(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """The files that are not what they should be."""
    return [path for path, text in files.items() if not _same(root / path, text)]


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(root: Path, arguments: list[str]) -> int:
    """0 when all is well; findings go to standard error."""
    files = documents()
    findings = [] if "--breaking" in arguments else broken(root, files)
    if not findings and "write" in arguments:
        for path in differing(root, files):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
    findings += [f"{path} is not up to date: run `make schemas`" for path in differing(root, files)]
    sys.stderr.writelines(f"{finding}\n" for finding in findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(Path(), sys.argv[1:]))
