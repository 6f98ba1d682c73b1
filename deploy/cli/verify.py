"""`bihuan verify`: an operator's proof of R1 to R4 on his own data, while the services go on."""

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from deploy.local import addresses
from deploy.local.paths import resolve
from deploy.local.problem import Problem
from libs.events.errors import BihuanError
from libs.events.stage import REFERENCE_PREFIX, REFERENCE_TOPIC, TOPIC_PREFIX
from libs.events.verification import Findings, verify_inbox, verify_stage

app = typer.Typer()
LISTENS = {
    "intake": ("case.dispatch", "case.mediation"),
    "dispatch": ("case.intake", "case.mediation"),
    "mediation": ("case.intake", "case.dispatch"),
    "metrics": ("case.intake", "case.dispatch", "case.mediation"),
}
STAGES = ("intake", "dispatch", "mediation")
METRICS = "metrics"
PUBLISHER = "intake"
"""Who keeps and publishes reference data."""
DIFFERS, NOT_CHECKED = 1, 2
Prefix = Annotated[
    str, typer.Option(envvar="BIHUAN_KAFKA_PREFIX", help="Before every topic, as the services are told.")
]


@dataclass(frozen=True)
class Whereabouts:
    """The databases by service, the broker, and what stands before the name of every topic there."""

    dsn: Mapping[str, str]
    bootstrap: str
    prefix: str = ""

    def topic(self, name: str) -> str:
        """The topic as the broker knows it."""
        return f"{self.prefix}{name}"

    def carries(self, names: Iterable[str] = TOPIC_PREFIX) -> dict[str, str]:
        """These topics as the broker knows them, each with the stream prefix that it carries."""
        return {self.topic(name): TOPIC_PREFIX[name] for name in names}


@app.command("verify")
def command(
    stage: Annotated[list[str] | None, typer.Option(help="Only this service; repeat for several.")] = None,
    dsn: Annotated[list[str] | None, typer.Option(help="As stage=address, for another installation.")] = None,
    bootstrap: Annotated[str | None, typer.Option(envvar="BIHUAN_KAFKA_BOOTSTRAP", help="Broker.")] = None,
    prefix: Prefix = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Exit code 0: all of it is proven. 1: something differs. 2: something could not be looked at."""
    chosen = _chosen(stage)
    where = whereabouts(dsn or [], bootstrap, prefix)
    try:
        parts = verified(chosen, where)
    except BihuanError as error:
        sys.stderr.write(f"bihuan: could not be verified: {error}\n")
        raise typer.Exit(NOT_CHECKED) from error
    sys.stdout.write(as_document(parts) if as_json else as_text(parts))
    raise typer.Exit(0 if all(part.proven for part in parts) else DIFFERS)


def _chosen(named: list[str] | None) -> list[str]:
    unknown = sorted(set(named or ()) - LISTENS.keys())
    if unknown:
        raise Problem(f"There is no service {unknown[0]}.", f"There are {', '.join(LISTENS)}.")
    return named or list(LISTENS)


def whereabouts(given: Iterable[str], bootstrap: str | None, prefix: str) -> Whereabouts:
    """The databases and the broker: those given, else those of the local stack."""
    named = dict(item.split("=", 1) for item in given if "=" in item)
    if named and bootstrap:
        return Whereabouts(named, bootstrap, prefix)
    known = addresses.of_running(resolve())
    return Whereabouts({**known.dsn, **named}, bootstrap or known.bootstrap, prefix)


def verified(names: Iterable[str], where: Whereabouts) -> list[Findings]:
    """Every part of these services. Raises Unavailable, OffsetLost and what a rebuild raises."""
    parts: list[Findings] = []
    for name in names:
        if name not in where.dsn:
            raise Problem(f"No database of {name} is known.", f"Give --dsn {name}=ADDRESS.")
        parts += asyncio.run(_service(name, where))
        if name == METRICS:
            parts.append(figures(where))
    return parts


async def _service(name: str, where: Whereabouts) -> list[Findings]:
    parts: list[Findings] = []
    dsn, bootstrap = where.dsn[name], where.bootstrap
    if name in STAGES:
        topic = f"case.{name}"
        parts.append(await verify_stage(name, dsn, bootstrap, where.topic(topic), TOPIC_PREFIX[topic]))
    if name == PUBLISHER:
        topic = where.topic(REFERENCE_TOPIC)
        parts.append(await verify_stage(name, dsn, bootstrap, topic, REFERENCE_PREFIX))
    heard = where.carries(LISTENS[name])
    parts.append(await verify_inbox(name, dsn, bootstrap, heard, versions=name in STAGES))
    return parts


def figures(where: Whereabouts) -> Findings:
    """The live rows of metrics against rows folded again from the log (R4)."""
    from services.metrics.folding import Log
    from services.metrics.rebuild import Options, rebuild

    found = rebuild(Options(where.dsn[METRICS], Log(where.bootstrap, where.carries()), verify=True))
    part = Findings(f"metrics: live rows against the log, digest {found.digest}")
    part.checked = {"events": found.events, "rows": found.rows}
    for difference in found.differences:
        missing = f"no row in {difference.missing}"
        part.add(
            "row_differs", difference.matter, missing if difference.missing else ", ".join(difference.columns)
        )
    part.counts.update(row_differs=found.differing - part.counts.total())
    part.counts = +part.counts  # a count of nothing is no finding
    return part


def as_text(parts: Iterable[Findings]) -> str:
    """A line per part, and below it everything that differs."""
    lines = []
    for part in parts:
        looked = ", ".join(f"{count:,} {what}" for what, count in part.checked.items())
        lines.append(f"{'proven ' if part.proven else 'DIFFERS'}  {part.name} ({looked})")
        lines += [f"         {it.kind} {it.place}: {it.detail}" for it in part.shown]
        hidden = part.counts.total() - len(part.shown)
        lines += [f"         and {hidden:,} more"] if hidden > 0 else []
    return "\n".join(lines) + "\n"


def as_document(parts: list[Findings]) -> str:
    """The same for programs."""
    document = {
        "proven": all(part.proven for part in parts),
        "parts": [
            {
                "name": part.name,
                "proven": part.proven,
                "checked": part.checked,
                "counts": part.counts,
                "findings": [{"kind": it.kind, "place": it.place, "detail": it.detail} for it in part.shown],
            }
            for part in parts
        ],
    }
    return json.dumps(document, indent=2) + "\n"
