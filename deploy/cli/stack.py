"""`bihuan up|down|status|doctor`: the local stack from the shell."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import doctor as examination
from deploy.local import drill, foreground, paths, services, stack
from deploy.local import status as standing

_LAST_PORT = 65535


def up(
    replicas: Annotated[list[str] | None, typer.Option(help="Replicas of a stage, as dispatch=3.")] = None,
    port: Annotated[list[str] | None, typer.Option(help="Port of kafka, postgres or a stage.")] = None,
    with_services: Annotated[
        bool, typer.Option("--services/--no-services", help="Also the four services, or the servers only.")
    ] = True,
    clock: Annotated[
        str, typer.Option(help="Run a drill: 2026-02-10T09:00+08:00x60 begins there, 60 times as fast.")
    ] = "",
    stay: Annotated[
        bool, typer.Option("--foreground", help="Stay, restart what dies, and stop everything on Ctrl-C.")
    ] = False,
) -> None:
    """Start Kafka, PostgreSQL and the services, or what is missing of them."""
    wish = stack.Wish(
        stages=services.STAGES if with_services else (),
        replicas=services.parse_counts(replicas or [], "replicas", services.MOST_REPLICAS),
        ports=services.parse_counts(port or [], "port", _LAST_PORT),
        clock=clock,
    )
    where = paths.resolve()
    if stay:
        foreground.run(where, wish, say, lambda: _report(where))
        return
    foreground.up_or_clean(where, wish, say)
    _report(where)


def down(
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also delete events, keys and logs. Downloads stay.")
    ] = False,
) -> None:
    """Stop everything cleanly."""
    where = paths.resolve()
    if delete_data:
        stack.delete_data(where, say)
        say(f"Deleted the data in {where.home}")
    else:
        say("Stopped." if stack.down(where, say) else "Nothing was running.")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what runs; the exit code is 0 when everything that was started is ready, else 1."""
    where = paths.resolve()
    lines = standing.look(where)
    report = {**standing.as_json(lines), "clock": drill.clock(where)().isoformat()}
    if as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    elif lines:
        _show(lines)
        _say_drill(where)
    else:
        say("The stack is down. Start it with: bihuan up")
    if not report["ready"]:
        raise typer.Exit(1)


def doctor() -> None:
    """Check what this machine has and what it lacks; the exit code is 1 when something is missing."""
    findings = examination.examine(paths.resolve())
    for finding in findings:
        sys.stdout.write(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.what}: {finding.found}\n")
        if finding.remedy:
            sys.stdout.write(f"         {finding.remedy}\n")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def say(line: str) -> None:
    """Tell the user what happens, on standard error, so that standard output stays for results."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _report(where: paths.Paths) -> None:
    _show(standing.look(where))
    _say_drill(where)


def _say_drill(where: paths.Paths) -> None:
    if sentence := drill.sentence(where):
        sys.stdout.write(sentence + "\n")


def _show(lines: tuple[standing.Line, ...]) -> None:
    table = Table("process", "condition", "address", "pid", "memory", box=None)
    for line in lines:
        table.add_row(line.name, line.condition, line.address, str(line.pid), f"{line.memory_mb} MB")
    Console().print(table)
