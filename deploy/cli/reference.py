"""`bihuan reference`: validate, compare, publish, list and export editions of reference data."""

import getpass
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli import instants, wording
from deploy.cli.editions import named, of_version, taken, unpublished
from deploy.cli.intake import Source
from deploy.cli.saying import REFUSED, agree, done, refuse, say
from deploy.packs import Pack, write_pack
from libs.events.labels import label
from libs.events.reference import Notice
from libs.reference import Library, Manifest, compare, prepared

app = typer.Typer(no_args_is_help=True)


def person(text: str) -> str:
    """An opaque id, as facts carry it: never a name (codes-and-fields D2)."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", text) is None:
        raise typer.BadParameter("an id of letters, digits and . _ @ -")
    return text


PackName = Annotated[str, typer.Argument(metavar="FOLDER|CITY", help="A pack folder, or a shipped city.")]
Dsn = Annotated[str | None, typer.Option(help="Intake's database; default: the local stack's.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
By = Annotated[
    str, typer.Option("--by", help="Who publishes.", default_factory=getpass.getuser, callback=person)
]
Note = Annotated[str | None, typer.Option(help="Why; kept with the edition.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def validate(name: PackName, as_json: Json = False) -> None:
    """Check a pack: 0 when no rule is broken, 1 with every fault by file, row and field."""
    pack = done(lambda: unpublished(name))
    if faults := pack.faults():
        refuse(faults, as_json=as_json)
    manifest, _ = prepared(pack.tables, pack.header)
    rows = sum(len(found) for found in pack.tables.values())
    words = label("pack.sound").format(version=manifest.edition, rows=rows, digest=manifest.digest[:12])
    document = {"valid": True, "edition": manifest.edition, "digest": manifest.digest, "rows": rows}
    say(document, [words], as_json=as_json)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="A", help="A folder, a city or a published version.")],
    new: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    dsn: Dsn = None,
    everything: Annotated[bool, typer.Option("--all", help="Every row, not the first twenty.")] = False,
    as_json: Json = False,
) -> None:
    """What B adds to A, takes from it and changes in it: 0 when nothing, 1 when they differ."""
    one, other = done(lambda: _both(old, new, Source(dsn)))
    found = compare(one.tables, other.tables)
    lines = list(wording.difference_lines(found, everything=everything)) or [label("pack.same")]
    say(wording.difference_document(found), lines, as_json=as_json)
    raise typer.Exit(REFUSED if found else 0)


@app.command()
def publish(
    name: PackName,
    by: By,
    effective: Annotated[
        str | None, typer.Option(help="In force from then on, not as the pack says.")
    ] = None,
    note: Note = None,
    yes: Yes = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Publish a pack whole, or refuse it whole with every fault; shows what changes, and asks."""
    source = Source(dsn)
    pack = done(lambda: unpublished(name))
    pack.header |= {"effective_at": effective} if effective else {}
    if faults := pack.faults():
        refuse(faults, as_json=as_json)
    publications = done(source.read)
    if faults := taken(pack, publications):
        refuse(faults, as_json=as_json)
    manifest, _ = prepared(pack.tables, pack.header)
    if publications.library.knows(manifest.edition):
        say({"published": False, "edition": manifest.edition}, [label("pack.no_change")], as_json=as_json)
        return
    for line in _what_changes(pack, manifest, publications.library):
        typer.echo(line, err=True)
    agree(yes=yes)
    store(source, pack, Notice(by, instants.now(), note), as_json=as_json)


@app.command()
def history(dsn: Dsn = None, as_json: Json = False) -> None:
    """Every published edition in the order in which they come to rule."""
    publications = done(lambda: Source(dsn).read())
    ruling = publications.library.in_force(instants.now())
    rows = [
        _facts(edition.manifest, publications.at[edition.version], in_force=edition is ruling)
        for edition in publications.library.editions()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        mark = label("pack.in_force") if row["in_force"] else ""
        what = f"{row['edition']:24} {row['effective_at']} {row['digest'][:12]} {row['calendar_version']}"
        typer.echo(f"{what} {row['by']} {row['published_at']} {mark} {row['note'] or ''}".rstrip())


@app.command()
def export(
    version: Annotated[str, typer.Argument(help="A published version, or a shipped city.")],
    to: Annotated[Path, typer.Option(help="The folder; made if need be.")],
    dsn: Dsn = None,
) -> None:
    """Write an edition as a pack folder, byte for byte the same every time."""
    pack = done(lambda: named(version) or of_version(Source(dsn).read(), version))
    for path in write_pack(to, pack.tables, pack.header):
        typer.echo(path)


def store(source: Source, pack: Pack, notice: Notice, *, as_json: bool) -> None:
    """Publish, and say what was published."""
    result = done(lambda: source.publish(pack.tables, pack.header, notice))
    words = label("pack.published").format(
        version=result.edition,
        effective=instants.spoken(datetime.fromisoformat(pack.header["effective_at"])),
        digest=result.digest[:12],
    )
    document = {"published": result.new, "edition": result.edition, "digest": result.digest}
    say(document | {"written": result.written, "shared": result.shared}, [words], as_json=as_json)


def _both(old: str, new: str, source: Source) -> tuple[Pack, Pack]:
    one, other = named(old), named(new)
    if one is None or other is None:
        publications = source.read()
        return one or of_version(publications, old), other or of_version(publications, new)
    return one, other


def _what_changes(pack: Pack, manifest: Manifest, library: Library) -> list[str]:
    base = library.in_force(manifest.effective_at)
    if base is None:
        return [label("pack.first")]
    found = compare(library.tables(base.version), pack.tables)
    lines = [f"{base.version} → {manifest.edition}", *wording.difference_lines(found)]
    if base.city != manifest.city:
        lines.append(label("pack.other_city").format(old=base.city, new=manifest.city))
    if base.calendar_version != manifest.calendar_version:
        versions = {"old": base.calendar_version, "new": manifest.calendar_version}
        lines.append(label("pack.other_calendar").format(**versions))
    return lines


def _facts(manifest: Manifest, at: datetime, *, in_force: bool) -> dict[str, Any]:
    return {
        "edition": manifest.edition,
        "city": manifest.city,
        "effective_at": instants.spoken(manifest.effective_at),
        "calendar_version": manifest.calendar_version,
        "digest": manifest.digest,
        "published_at": instants.spoken(at),
        "by": manifest.by,
        "note": manifest.note,
        "in_force": in_force,
    }
