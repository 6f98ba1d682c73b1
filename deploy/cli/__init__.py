"""`bihuan`: the command line. A command's module is loaded when that command is called, and not before."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import typer

from deploy.local.problem import Problem


@dataclass(frozen=True)
class Entry:
    """One command: its module in this package, what to take from it (`app` or a function), and its help."""

    module: str
    help: str
    name: str = "app"


COMMANDS = {
    "up": Entry("stack", "Start Kafka, PostgreSQL and the services, or what is missing of them.", "up"),
    "down": Entry("stack", "Stop everything cleanly.", "down"),
    "status": Entry("stack", "Show what runs, where, and whether it is ready.", "status"),
    "doctor": Entry("stack", "Check what this machine has and what it lacks.", "doctor"),
    "demo": Entry("demo", "Run a whole city through the system and print its indicators."),
    "import": Entry("register", "Bring a register of cases or disputes into the log."),
    "rebuild": Entry("rebuild", "Fold the log anew, compare with what is served, and swap."),
    "verify": Entry("verify", "Prove that events, topics, inboxes and figures agree."),
    "republish": Entry("republish", "After a loss of Kafka, fill the topics again from the event tables."),
    "deadletter": Entry("deadletter", "List, show, replay or discard parked records."),
    "token": Entry("token", "Make a token for a person of the deployment."),
    "reference": Entry("reference", "Validate, compare, publish, list and export reference data."),
    "calendar": Entry("calendar", "Load a holiday notice, and check how far the calendar reaches."),
    "deadline": Entry("deadline", "Compute a deadline and show its arithmetic.", "show"),
}


def main() -> None:
    """Run the command line; a `Problem` becomes one line on standard error and exit code 1."""
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    try:
        build(called)()
    except Problem as problem:
        sys.stderr.write(f"bihuan: {problem}\n")
        sys.exit(1)


def build(called: str) -> typer.Typer:
    """Return the command line with `called` loaded and every other command known by name and help only."""
    line = typer.Typer(
        name="bihuan", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )
    line.callback()(_about)
    for name, entry in COMMANDS.items():
        if find_spec(f"deploy.cli.{entry.module}") is None:
            continue
        if name == called:
            _load(line, name, entry)
        else:
            line.command(name, help=entry.help)(_not_loaded)
    return line


def _about() -> None:
    """The open, event-sourced case-workflow backbone."""


def _not_loaded() -> None:
    """Stand in the list of commands; never called, because the called one is loaded."""


def _load(line: typer.Typer, name: str, entry: Entry) -> None:
    """Add the command itself: a function, an application with one command, or one with several."""
    found: typer.Typer | Callable[..., object] = getattr(
        import_module(f"deploy.cli.{entry.module}"), entry.name
    )
    if not isinstance(found, typer.Typer):
        line.command(name, help=entry.help)(found)
        return
    only = found.registered_commands[0].callback if len(found.registered_commands) == 1 else None
    if only is not None and found.registered_callback is None and not found.registered_groups:
        line.command(name, help=entry.help)(only)
    else:
        line.add_typer(found, name=name, help=entry.help)
