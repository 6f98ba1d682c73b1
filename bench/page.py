"""`python -m bench.page FILE.json…`: the measured parts of docs/performance.md and docs/sizing.md."""

import json
import statistics
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from bench import sizing
from deploy.local.paths import PROJECT

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
PERFORMANCE, SIZING = PROJECT / "docs" / "performance.md", PROJECT / "docs" / "sizing.md"
PLOTS = PROJECT / "docs" / "performance"
CASE = "one case through four services"

Body = dict[str, Any]

BENDS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("bends.yaml").read_text(encoding="utf-8"))
"""Name of a curve to what bends it."""


def main(files: list[str]) -> None:
    """Write what these results say between the marks of both pages; a later file wins."""
    bodies: list[Body] = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    write(PERFORMANCE, [*ratios(bodies), *curves(PLOTS)])
    found = measured(bodies)
    if found is None:
        print("docs/sizing.md stays as it is: it needs http, e2e, rebuild and drain", file=sys.stderr)
    else:
        write(SIZING, sizing.block(found))


def write(page: Path, lines: Iterable[str]) -> None:
    """Replace what stands between the marks."""
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.write_text("\n".join([head + BEGIN, "", *lines, "", END]) + tail, encoding="utf-8")


def ratios(bodies: list[Body]) -> list[str]:
    """Every ratio with its bounds and the run it was measured in; the runs come first, with their numbers."""
    runs = list(enumerate(bodies, start=1))
    return [
        *(f"{run}. {_where(body)}" for run, body in runs),
        "",
        "| run | id | ratio | floor | goal | stretch | median | min | max | reached |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {run} {_row(it)}"
            for run, body in runs
            for result in body["results"]
            for it in result["ratios"]
        ),
        "",
        "| run | mode | median rate, a second | side figures |",
        "|---|---|---|---|",
        *(f"| {run} {row}" for run, body in runs for result in body["results"] for row in _rates(result)),
    ]


def curves(folder: Path) -> list[str]:
    """The committed curves, each with what bends it."""
    drawn = [name for name in BENDS if (folder / f"{name}.svg").exists()]
    shown = [line for name in drawn for line in ("", f"![{name}](performance/{name}.svg)", "", BENDS[name])]
    return ["", "## Curves", *shown] if drawn else []


def _where(body: Body) -> str:
    machine = body["machine"]
    told = [note for result in body["results"] if result["name"] == "calibrate" for note in result["notes"]]
    return (
        f"`python -m bench {body['command']}` on {body['date']}: {machine['cores']} cores, "
        f"CPython {machine['python']}, {machine['system']}. {'; '.join(told)}"
    ).strip()


def _row(ratio: Body) -> str:
    values = [statistics.median(ratio["values"]), min(ratio["values"]), max(ratio["values"])]
    bounds = ["" if bound is None else f"{bound:g}" for bound in ratio["bounds"]]
    text = ratio["text"] + (" (at most)" if ratio["at_most"] else "")
    cells = [ratio["id"], text, *bounds, *(f"{value:.2f}" for value in values), ratio["verdict"]]
    return f"| {' | '.join(cells)} |"


def _rates(result: Body) -> Iterator[str]:
    for name, samples in result["samples"].items():
        if name == CASE:
            continue
        rate = statistics.median(sample["work"] / sample["seconds"] for sample in samples)
        side = ", ".join(
            f"{key} {statistics.median(sample['side'].get(key, 0.0) for sample in samples):.4g}"
            for key in dict.fromkeys(key for sample in samples for key in sample["side"])
            if key not in {"began", "ended"}
        )
        yield f"| {result['name']}: {name} | {rate:,.0f} | {side} |"


def measured(bodies: list[Body]) -> sizing.Measured | None:
    """What the sizing page needs; None when a result has no such part."""
    found = {
        name: samples
        for body in bodies
        for result in body["results"]
        for name, samples in result["samples"].items()
    }
    wanted = (CASE, "command", "steady, whole batches", "rebuild, 2 processes", "fold, held in memory")
    if not found.keys() >= set(wanted):
        return None
    commands, steady, rebuild = (
        statistics.median(one["work"] / one["seconds"] for one in found[name]) for name in wanted[1:4]
    )
    memory = statistics.median(one["side"]["memory"] for one in found[wanted[4]])
    return sizing.Measured(found[CASE][-1]["side"], commands, steady, rebuild, memory)


if __name__ == "__main__":
    main(sys.argv[1:])
