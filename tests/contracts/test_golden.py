"""Old events stay readable for ever (R8): one file per kind and version, added and never changed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from libs.events.catalogue import GOLDEN, facts
from libs.events.codec import decode, decode_fast, encode

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / GOLDEN).glob("*.json"))


def test_every_released_fact_has_a_golden_file() -> None:
    assert {file.stem for file in FILES} >= set(facts())


def test_golden_files_are_added_and_never_changed_or_removed() -> None:
    """A new file adds its line to SHA256SUMS (`sha256sum <file> >> SHA256SUMS`); old lines stay."""
    lines = (ROOT / GOLDEN / "SHA256SUMS").read_text().splitlines()
    recorded = {name: digest for digest, name in (line.split() for line in lines)}
    assert recorded == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_file_decodes_and_means_what_it_meant(file: Path) -> None:
    record = file.read_bytes()
    written, envelope = json.loads(record), decode(record)
    assert f"{written['type']}.{written['dataschema'].split('.')[-2]}" == file.stem
    assert (envelope.stream, envelope.version) == (written["stream"], written["streamversion"])
    if f"{envelope.kind}.{envelope.data.schema_version}" == file.stem:  # an older version was upcast
        assert holds(json.loads(encode(envelope)), written)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_replay_reads_a_golden_file_like_the_contract_does(file: Path) -> None:
    fast, envelope = decode_fast(file.read_bytes()), decode(file.read_bytes())
    assert (fast.kind, fast.stream, fast.version) == (envelope.kind, envelope.stream, envelope.version)
    assert str(fast.id) == str(envelope.id)


def holds(whole: Any, part: Any) -> bool:
    """Whether everything in `part` is still said by `whole`, which may say more."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    return bool(whole == part)
