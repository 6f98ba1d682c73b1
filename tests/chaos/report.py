"""Results as files, one per experiment and lane, and the report made of them."""

import json
from dataclasses import asdict
from pathlib import Path

from libs.events.clock import system_clock
from tests.chaos.catalogue import EXPERIMENTS, LANES
from tests.chaos.experiment import Result
from tests.simulation import tally
from tests.simulation.tally import commit

ROOT = Path(__file__).resolve().parents[2]
DIARY = ROOT / "docs" / "chaos"
RESULTS = DIARY / "results"
SEEDS = "seeds.json"
"""Among the results: what the simulation wrote down."""
MEASURED = "## Measured\n"
"""Below this line a page of the diary is generated."""


def save(result: Result, folder: Path = RESULTS) -> Result:
    """Keep the result beside the earlier ones; it takes the place of its own predecessor."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = {"at": f"{system_clock():%Y-%m-%d %H:%M} UTC", "commit": commit(), "passed": result.passed}
    text = json.dumps({**asdict(result), **stamp}, indent=2)
    _file(result.id, result.lane, folder).write_text(text + "\n")
    return result


def record(result: Result, diary: Path = DIARY) -> Result:
    """Keep the result, and bring the report and its page up to date at once.

    A run that is interrupted, or still going on, leaves a diary that agrees with itself.
    """
    save(result, diary / "results")
    write(diary)
    return result


def load(name: str, lane: str, folder: Path = RESULTS) -> Result | None:
    """The kept result, if there is one."""
    file = _file(name, lane, folder)
    if not file.exists():
        return None
    document = json.loads(file.read_text())
    return Result(**{key: document[key] for key in ("id", "lane", "figures", "findings", "seconds")})


def results(lane: str, folder: Path = RESULTS) -> list[Result]:
    """All kept results of a lane, in the order of the catalogue."""
    found = [load(name, lane, folder) for name in EXPERIMENTS]
    return [result for result in found if result is not None]


def write(diary: Path = DIARY) -> None:
    """The report, and the measured part of every page, as Markdown."""
    (diary / "report.md").write_text(text(diary / "results"))
    for name in EXPERIMENTS:
        written = page(name, diary).read_text()
        page(name, diary).write_text(with_figures(name, written, diary / "results"))


def page(name: str, diary: Path = DIARY) -> Path:
    """The page of an experiment."""
    return diary / f"{name}.md"


def with_figures(name: str, old: str, folder: Path) -> str:
    """The page with what was measured; a lane that was not run says so."""
    written = old.partition(MEASURED)[0]
    parts = [_measured(name, lane, folder) for lane in LANES]
    return written + MEASURED + "\n" + "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _measured(name: str, lane: str, folder: Path) -> list[str]:
    result = load(name, lane, folder)
    if result is None:
        return [f"### {name}, lane `{lane}`", "", "Not run.", ""]
    kept = json.loads(_file(name, lane, folder).read_text())
    said = "Passed" if result.passed else "Failed"
    head = f"{said} in {result.seconds:.0f} s at {kept['commit']}, {kept['at']}."
    return [f"### {name}, lane `{lane}`", "", head, "", *_details(result)[2:]]


def text(folder: Path) -> str:
    """A table per lane, then the figures of each experiment."""
    lines = ["# Report of the fault experiments", ""]
    lines += ["Made by `make chaos` from `docs/chaos/results/`; do not edit. What was not run says so.", ""]
    seeds = tally.load(folder / SEEDS)
    lines += ["## Seeds", "", f"{seeds.told()}." if seeds else "Not run.", ""]
    lines += _outbox_stress(folder)
    for lane in LANES:
        lines += [
            f"## Lane `{lane}`",
            "",
            "| id | experiment | result | seconds | commit |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(name, lane, folder) for name in EXPERIMENTS]
        lines.append("")
        for result in results(lane, folder):
            lines += _details(result)
    return "\n".join(lines).rstrip() + "\n"


def _outbox_stress(folder: Path) -> list[str]:
    """What `make outbox-stress` survived: the consumer saw exactly the events table, in stream order."""
    lines = ["## Outbox stress", ""]
    for file in sorted(folder.glob("outbox-stress.*.json")):
        lines += [f"- {name}: {value}" for name, value in json.loads(file.read_text()).items()] + [""]
    return lines if len(lines) > 2 else [*lines, "Not run.", ""]


def _row(name: str, lane: str, folder: Path) -> str:
    file = _file(name, lane, folder)
    title = EXPERIMENTS[name].title
    if not file.exists():
        return f"| {name} | {title} | not run | | |"
    kept = json.loads(file.read_text())
    said = "passed" if kept["passed"] else f"**failed** ({len(kept['findings'])} findings)"
    return f"| {name} | {title} | {said} | {kept['seconds']:.0f} | {kept['commit']}, {kept['at']} |"


def _details(result: Result) -> list[str]:
    lines = [f"### {result.id}, lane `{result.lane}`", ""]
    lines += [f"- {name}: {value}" for name, value in result.figures.items()]
    lines += [f"- **finding**: {finding}" for finding in result.findings]
    return [*lines, ""]


def _file(name: str, lane: str, folder: Path) -> Path:
    return folder / f"{name}.{lane}.json"
