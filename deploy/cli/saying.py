"""How the commands about reference data answer: in words or JSON, with one meaning per exit code."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import typer

from deploy.cli import wording
from deploy.local.problem import Problem
from libs.events.errors import BihuanError
from libs.events.labels import label
from libs.reference import Fault

REFUSED, NOT_DONE = 1, 2
"""Exit codes: the content was refused or differs; something could not be read, reached or found."""
Done = TypeVar("Done")


def done(work: Callable[[], Done]) -> Done:
    """The answer; what cannot be read or reached is said in one line, exit code 2."""
    try:
        return work()
    except BihuanError as error:
        problem = Problem(f"Intake's database could not be used: {error}.", "See: bihuan status")
    except Problem as found:
        problem = found
    typer.echo(f"bihuan: {problem}", err=True)
    raise typer.Exit(NOT_DONE)


def agree(*, yes: bool) -> None:
    """Ask, unless it was said before; a no ends the command with exit code 1."""
    if not yes and not typer.confirm(label("pack.ask"), err=True):
        typer.echo(label("pack.not_published"), err=True)
        raise typer.Exit(REFUSED)


def refuse(faults: Sequence[Fault], *, as_json: bool) -> NoReturn:
    """Say every fault; nothing is published; exit code 1."""
    if as_json:
        typer.echo(json.dumps({"valid": False, "faults": wording.fault_document(faults)}, ensure_ascii=False))
    else:
        for line in wording.fault_lines(faults):
            typer.echo(line, err=True)
    raise typer.Exit(REFUSED)


def say(document: Mapping[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """The answer for programs, or for people."""
    typer.echo(json.dumps(document, ensure_ascii=False) if as_json else "\n".join(lines))
