"""Sealed text: readable with its matter's key, and in no other way."""

import base64
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from libs.events.contracts.values import Sealed
from libs.events.envelope import Actor, Cause
from libs.events.errors import Unavailable
from libs.events.memory import MemoryStore
from libs.events.problems import Problem
from libs.events.sealing import Sealer, deployment_key
from libs.events.store import Append, VaultKey
from tests.api.edge.ledger import NOON, received

MATTER, OTHER = UUID(int=1), UUID(int=2)
KEY = bytes(range(32))
TEXT = "王某某 13800138000"


async def store_with(*keys: VaultKey) -> MemoryStore:
    """A store that holds these keys, as it does once events were appended with them."""
    store = MemoryStore()
    for key in keys:
        cause = Cause(Actor("u-1", "org-1", "DSP"), NOON, UUID(int=9), UUID(int=9))
        await store.append([Append(f"case-{key.matter}", 0, (received("A-1"),), (cause,))], None, [key])
    return store


async def sealed(sealer: Sealer, matter: UUID = MATTER) -> tuple[Sealed, VaultKey]:
    fresh: dict[UUID, VaultKey] = {}
    text = (await sealer.seal(MemoryStore(), [(matter, TEXT)], fresh))[0]
    return text, fresh[matter]


async def test_a_text_is_opened_by_another_process_with_the_same_deployment_key() -> None:
    text, key = await sealed(Sealer("dispatch", KEY))
    assert "13800138000" not in text.model_dump_json()
    assert await Sealer("dispatch", KEY).open_(await store_with(key), MATTER, [text]) == [TEXT]


async def test_the_same_text_never_looks_the_same_twice() -> None:
    sealer, fresh = Sealer("dispatch", KEY), dict[UUID, VaultKey]()
    one, two = await sealer.seal(MemoryStore(), [(MATTER, TEXT), (MATTER, TEXT)], fresh)
    assert one.sealed != two.sealed
    assert one.key == two.key


async def test_the_key_that_is_stored_is_used_and_no_other_is_made() -> None:
    _, key = await sealed(Sealer("dispatch", KEY))
    fresh: dict[UUID, VaultKey] = {}
    text = (await Sealer("dispatch", KEY).seal(await store_with(key), [(MATTER, TEXT)], fresh))[0]
    assert (text.key, fresh) == (key.key_id, {})


async def test_an_erased_key_leaves_nothing_to_read() -> None:
    text, _ = await sealed(Sealer("dispatch", KEY))
    assert await Sealer("dispatch", KEY).open_(MemoryStore(), MATTER, [text]) == [None]


@pytest.mark.parametrize("place", [0, 15, -1])
async def test_a_changed_text_is_not_opened(place: int) -> None:
    text, key = await sealed(Sealer("dispatch", KEY))
    raw = bytearray(base64.urlsafe_b64decode(text.sealed + "=" * (-len(text.sealed) % 4)))
    raw[place] ^= 1
    changed = Sealed(sealed=base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), key=text.key)
    assert await Sealer("dispatch", KEY).open_(await store_with(key), MATTER, [changed]) == [None]


async def test_a_text_cannot_be_moved_to_another_matter_or_stage() -> None:
    text, key = await sealed(Sealer("dispatch", KEY))
    moved = replace(key, matter=OTHER)
    with pytest.raises(Unavailable):
        await Sealer("dispatch", KEY).open_(await store_with(moved), OTHER, [text])
    with pytest.raises(Unavailable):
        await Sealer("intake", KEY).open_(await store_with(key), MATTER, [text])


async def test_a_key_at_hand_opens_nothing_of_another_matter() -> None:
    sealer = Sealer("dispatch", KEY)
    text, key = await sealed(sealer)
    assert await sealer.open_(await store_with(key), MATTER, [text]) == [TEXT]
    with pytest.raises(Unavailable):
        await sealer.open_(await store_with(replace(key, matter=OTHER)), OTHER, [text])


async def test_a_key_that_came_with_the_request_is_used_at_once_and_no_other() -> None:
    sealer = Sealer("dispatch", KEY)
    key = sealer.first_key(MATTER)
    cipher = sealer.at_hand(MATTER, {MATTER: key})
    assert cipher is not None
    text = cipher.seal(TEXT)
    assert await Sealer("dispatch", KEY).open_(await store_with(key), MATTER, [text]) == [TEXT]
    assert sealer.at_hand(MATTER, {}) is None
    sealer.remember([key])
    again = sealer.at_hand(MATTER, {MATTER: sealer.first_key(MATTER)})
    assert again is not None
    assert again.key_id == key.key_id


async def test_the_vault_is_asked_where_no_key_is_at_hand() -> None:
    sealer, fresh = Sealer("dispatch", KEY), dict[UUID, VaultKey]()
    key = sealer.first_key(MATTER)
    assert (await sealer.cipher(await store_with(key), MATTER, fresh)).key_id == key.key_id
    assert fresh == {}
    assert sealer.at_hand(MATTER, {}) is not None
    assert (await sealer.cipher(MemoryStore(), OTHER, fresh)).key_id == fresh[OTHER].key_id


def test_a_text_of_any_length_is_opened_as_it_was_and_spelled_for_addresses() -> None:
    cipher = Sealer("dispatch", KEY).at_hand(MATTER, {MATTER: Sealer("dispatch", KEY).first_key(MATTER)})
    assert cipher is not None
    for length in range(64):
        text = cipher.seal("x" * length)
        assert text.sealed.replace("-", "").replace("_", "").isalnum()
        assert cipher.open(text) == "x" * length
    assert cipher.seal_optional(None) is None


def test_a_text_that_no_fact_could_hold_is_refused() -> None:
    cipher = Sealer("dispatch", KEY).at_hand(MATTER, {MATTER: Sealer("dispatch", KEY).first_key(MATTER)})
    assert cipher is not None
    assert cipher.seal("长" * 4000).key == cipher.key_id
    with pytest.raises(Problem):
        cipher.seal("长" * 4001)


async def test_another_deployment_key_opens_nothing() -> None:
    text, key = await sealed(Sealer("dispatch", KEY))
    with pytest.raises(Unavailable):
        await Sealer("dispatch", bytes(32)).open_(await store_with(key), MATTER, [text])


@pytest.mark.parametrize("written", ["", "c2hvcnQ=", "x" * 44])
def test_a_deployment_key_is_32_bytes(tmp_path: Path, written: str) -> None:
    file = tmp_path / "sealing.key"
    file.write_text(written)
    with pytest.raises(ValueError, match=r"32 bytes|base64|padding|Invalid"):
        deployment_key(file)
    with pytest.raises(ValueError, match="not set"):
        deployment_key(None)
