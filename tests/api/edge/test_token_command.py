"""`bihuan token` issues what the services accept, and nothing for people who are not there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.cli.token import Wanted, make
from deploy.local.problem import Problem
from libs.events.clock import system_clock
from libs.events.settings import Settings
from libs.events.tokens import Tokens, new_key

UNKNOWN = Wanted("dawukou", "nobody-999", None)


@pytest.fixture
def signing(tmp_path: Path) -> Path:
    private, public = new_key()
    (tmp_path / "jwks.json").write_text(public)
    (tmp_path / "signing.jwk").write_text(private)
    return tmp_path / "signing.jwk"


async def test_the_token_names_the_person_and_is_accepted(signing: Path) -> None:
    token = make(Wanted("dawukou", "dispatcher-001", None), key=signing)
    verifier = Tokens(Settings(jwks_file=signing.with_name("jwks.json")), system_clock)
    principal = await verifier.principal(f"Bearer {token}")
    assert (principal.user, principal.org) == ("dispatcher-001", "dwk-centre")
    assert (principal.roles, principal.jurisdiction) == (frozenset({"DSP"}), "640202")
    assert datetime.fromtimestamp(principal.expires, UTC) > system_clock()


async def test_a_role_alone_finds_somebody_who_holds_it(signing: Path) -> None:
    verifier = Tokens(Settings(jwks_file=signing.with_name("jwks.json")), system_clock)
    principal = await verifier.principal(f"Bearer {make(Wanted('xiangyang', None, 'ADM'), key=signing)}")
    assert principal.roles == frozenset({"ADM"})


@pytest.mark.parametrize(
    "wanted",
    [
        UNKNOWN,
        Wanted("dawukou", None, "XYZ"),
        Wanted("atlantis", None, "DSP"),
        Wanted("dawukou", "dispatcher-001", "CLS"),
        Wanted("dawukou", None, None),
    ],
)
def test_who_is_not_there_gets_no_token(signing: Path, wanted: Wanted) -> None:
    with pytest.raises(Problem):
        make(wanted, key=signing)


def test_without_a_key_there_is_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="bihuan up"):
        make(Wanted("dawukou", None, "DSP"), key=tmp_path / "signing.jwk")
