"""`bihuan calendar`: load the next holiday notice, and see whether the calendar reaches far enough."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli import instants, wording
from deploy.cli.editions import coming, edition_of, known_names, of_version, taken, unpublished
from deploy.cli.intake import Source
from deploy.cli.reference import By, Dsn, Json, Yes, store
from deploy.cli.saying import NOT_DONE, REFUSED, agree, done, refuse, say
from deploy.packs import horizon, notices
from libs.events.labels import label
from libs.events.reference import Notice

app = typer.Typer(no_args_is_help=True)

NOTHING_IN_FORCE = "No edition is in force, so there is no calendar to revise."


@app.command("import")
def import_(
    notice: Annotated[Path, typer.Option(help="The text of the notice, UTF-8.")],
    by: By,
    source: Annotated[str | None, typer.Option(help="Its document number, if the text has none.")] = None,
    version: Annotated[str | None, typer.Option(help="Name of the new calendar.")] = None,
    edition: Annotated[str | None, typer.Option(help="Name of the new edition.")] = None,
    yes: Yes = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Read a notice, check it against itself, show what changes day by day, ask, and publish.

    Open deadlines are computed again, each with old, new and reason. A notice that contradicts itself is
    refused with field and rule (exit code 1); nothing of it is published.
    """
    intake, at = Source(dsn), instants.now()
    publications = done(intake.read)
    ruling = publications.library.in_force(at)
    if ruling is None:
        typer.echo(f"bihuan: {NOTHING_IN_FORCE} See: bihuan reference publish", err=True)
        raise typer.Exit(NOT_DONE)
    wanted = notices.Wanted(notice, at, source, version, edition)
    base, names = of_version(publications, ruling.version), known_names(publications)
    try:
        revised = done(lambda: notices.revise(base, wanted, names))
    except notices.NoticeRefused as refused:
        refuse([refused.fault], as_json=as_json)
    if not revised.differs:
        say({"published": False, "edition": ruling.version}, [label("pack.no_change")], as_json=as_json)
        return
    if faults := revised.pack.faults() or taken(revised.pack, publications):
        refuse(faults, as_json=as_json)
    for line in _what_changes(revised, coming(publications, at)):
        typer.echo(line, err=True)
    agree(yes=yes)
    store(intake, revised.pack, Notice(by, at, revision=revised.revision), as_json=as_json)


@app.command()
def check(
    at: Annotated[str | None, typer.Option(help="As if it were then, ISO 8601 with a zone.")] = None,
    pack: Annotated[
        str | None, typer.Option(help="A folder or a city, instead of what is published.")
    ] = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when a limit that starts now may end after the last official day: load the next notice."""
    moment = instants.instant(at) if at else instants.now()
    edition = done(
        lambda: edition_of(unpublished(pack)) if pack else Source(dsn).read().library.in_force(moment)
    )
    found = horizon.horizon(edition, moment) if edition else None
    if found is None:
        typer.echo(f"bihuan: {NOTHING_IN_FORCE} See: bihuan reference publish", err=True)
        raise typer.Exit(NOT_DONE)
    form = label("pack.horizon_fine" if found.official else "pack.horizon")
    due = found.due.isoformat() if found.due else "—"
    words = form.format(limit=found.limit, day=moment.date(), due=due, until=found.until)
    say(_document(found), [words], as_json=as_json)
    raise typer.Exit(0 if found.official else REFUSED)


def _what_changes(revised: notices.Revised, later: Sequence[str]) -> Iterator[str]:
    """The days; and editions of a later day, which would bring another calendar back."""
    yield f"{revised.revision.old_calendar} → {revised.revision.new_calendar}: {revised.revision.source}"
    yield label("pack.until").format(
        old=revised.old.official_until, new=revised.new.official_until, last=revised.new.last
    )
    yield from wording.day_lines(revised.changes)
    if later:
        yield label("pack.later").format(versions=", ".join(later))


def _document(found: horizon.Horizon) -> dict[str, Any]:
    return {
        "official": found.official,
        "limit": str(found.limit),
        "from": found.at.isoformat(),
        "due": found.due.isoformat() if found.due else None,
        "official_until": found.until.isoformat(),
    }
