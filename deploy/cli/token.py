"""`bihuan token`: a signed token for one of a city pack's people, from the local stack's own key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from deploy.cities import pack
from deploy.local import keys
from deploy.local.paths import resolve
from deploy.local.problem import Problem
from libs.events import tokens
from libs.events.clock import system_clock
from libs.events.settings import Settings

app = typer.Typer()


@dataclass(frozen=True)
class Wanted:
    """Who the token is for. Without `user`, the first person of the city who holds the role."""

    city: str
    user: str | None
    role: str | None
    acting_for: str | None = None


@app.command()
def token(
    user: Annotated[str | None, typer.Option(help="A person of the city pack (people.yaml).")] = None,
    role: Annotated[str | None, typer.Option(help="Limit the token to one of the person's roles.")] = None,
    city: Annotated[str, typer.Option(help="Whose people.")] = "dawukou",
    acting_for: Annotated[
        str | None, typer.Option(help="The person whose work is done (roles rule 7).")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 7, help="How long it is valid.")] = 12,
    key: Annotated[Path | None, typer.Option(help="Another signing key (JWK file).")] = None,
) -> None:
    """Print a bearer token for the local stack."""
    typer.echo(make(Wanted(city, user, role, acting_for), hours=hours, key=key))


def make(wanted: Wanted, *, hours: int = 12, key: Path | None = None) -> str:
    """The token; a Problem when there is no such person, role or signing key."""
    holder = _holder(wanted)
    file = key or keys.files(resolve().home).signing
    if not file.is_file():
        raise Problem(f"There is no signing key at {file}.", "Start the stack once with `bihuan up`.")
    signing = tokens.signing_key(file.read_text(encoding="ascii"))
    return tokens.issue(holder, signing, Settings(), now=system_clock(), seconds=hours * 3600)


def _holder(wanted: Wanted) -> tokens.Person:
    if wanted.user is None and wanted.role is None:
        raise Problem("Nobody was named.", "Give --user or --role.")
    try:
        city = pack.load(wanted.city)
        person = _person(city, wanted)
    except (KeyError, ValueError) as error:
        raise Problem(
            f"{str(error).strip(chr(39))}.", f"See deploy/cities/{wanted.city}/people.yaml."
        ) from error
    roles = person.roles if wanted.role is None else (wanted.role,)
    return tokens.Person(person.user, person.org, roles, city.city.jurisdiction, wanted.acting_for)


def _person(city: pack.Pack, wanted: Wanted) -> pack.Person:
    if wanted.user is None:
        return city.person(str(wanted.role))
    found = next((person for person in city.people if person.user == wanted.user), None)
    if found is None:
        raise KeyError(f"no {wanted.user} in {city.city.name}")
    if wanted.role is not None and wanted.role not in found.roles:
        raise KeyError(f"{wanted.user} does not hold the role {wanted.role}")
    return found
