"""The local stack as a client sees it: where a stage answers, and tokens for the city pack's people."""

from deploy.cities.pack import Pack
from deploy.cities.pack import Person as Invented
from deploy.local import addresses, paths
from deploy.local.addresses import Known
from deploy.local.problem import Problem
from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Person, issue, signing_key


def running() -> Known:
    """The addresses of the running stack. Raises `Problem` when it is not up."""
    return addresses.of_running(paths.resolve())


def url(known: Known, stage: str) -> str:
    """Where a stage answers. Raises `Problem` when it does not run."""
    if stage not in known.url:
        raise Problem(f"{stage} is not running.", "Start it with: bihuan up")
    return known.url[stage]


def token(known: Known, pack: Pack, person: Invented) -> str:
    """An hour's token for one of the city's people, signed with the key of the local stack."""
    who = Person(person.user, person.org, person.roles, pack.city.jurisdiction)
    key = signing_key(known.keys.signing.read_text(encoding="ascii"))
    return issue(who, key, Settings(), now=system_clock())
