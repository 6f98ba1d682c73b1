"""The codec: what is written can be read for ever, and both ways of reading agree."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.events.admission import MAX_DEPTH, MAX_RECORD
from libs.events.codec import Codec, decode, decode_fast, encode
from libs.events.contracts import Event
from libs.events.contracts.dispatch import CaseClosed, SlaWarned
from libs.events.contracts.intake import OutcomeWithdrawn
from libs.events.envelope import Actor, Cause, Envelope
from libs.events.errors import Undecodable, UnknownKind
from tests.unit.events.generated import CONTRACTS, MATTER, envelopes, json_of, mutations

NOON = datetime(2024, 5, 6, 4, 0, tzinfo=UTC)
CLOSED = CaseClosed(
    assignment_no=1, org="U-1", outcome="O1", check="PASSED", cycle=1, closed_at=NOON, by="u2"
)
CAUSE = Cause(Actor("u2", "org-1", "CLS"), NOON, command_id=MATTER, correlation_id=MATTER)
ENVELOPE = Envelope("/bihuan/test/dispatch", f"case-{MATTER}", 7, CLOSED, CAUSE, NOON)


def record_of(contract: type[Event], data: str) -> bytes:
    """A sound record of ours around this data."""
    head = encode(ENVELOPE).decode().partition('"data":')[0]
    return (head.replace(CaseClosed.kind, contract.kind) + f'"data":{data}}}').encode()


def contract_says(contract: type[Event], data: str) -> Any:
    """The data as the pydantic contract alone reads it, or None where it refuses; strict JSON only."""
    try:
        texts = _texts(json.loads(data, parse_constant=_refuse))
        if any("\0" in text or not _is_unicode(text) for text in texts):
            return None
        return json.loads(contract.model_validate_json(data).model_dump_json(exclude_none=True))
    except (ValueError, RecursionError, ValidationError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def fast_says(contract: type[Event], data: str) -> Any:
    try:
        return _present(msgspec.to_builtins(decode_fast(record_of(contract, data)).data))
    except Undecodable:
        return None


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list | tuple) else value


def has_twice(data: str) -> bool:
    """Whether some object names a key twice: there msgspec checks every value, pydantic the last."""
    found: list[bool] = []
    try:
        json.loads(data, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    except (ValueError, RecursionError):
        return False
    return any(found)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.kind)
@given(drawn=st.data())
@settings(max_examples=25)
def test_fast_decoder_and_contract_accept_and_refuse_the_same(
    contract: type[Event], drawn: st.DataObject
) -> None:
    data = drawn.draw(json_of(contract).flatmap(mutations))
    expected, got = contract_says(contract, data), fast_says(contract, data)
    if has_twice(data):
        assert got is None or got == expected
    else:
        assert got == expected


@given(drawn=st.data())
@settings(max_examples=150)
def test_both_readers_agree_on_whole_records(drawn: st.DataObject) -> None:
    envelope = drawn.draw(envelopes())
    record = drawn.draw(mutations(json.loads(encode(envelope)))).encode()
    slow, fast = _answer(decode, record), _answer(decode_fast, record)
    if isinstance(slow, str) or isinstance(fast, str):
        assert slow == fast
        return
    assert (slow.kind, slow.stream, slow.version) == (fast.kind, fast.stream, fast.version)
    assert json.loads(slow.data.model_dump_json(exclude_none=True)) == _present(
        msgspec.to_builtins(fast.data)
    )


def _answer(read: Callable[[bytes], Any], record: bytes) -> Any:
    """What was read, or the name and reason of the refusal."""
    try:
        return read(record)
    except Undecodable as refusal:
        return f"{type(refusal).__name__} {refusal.reason}"


@given(envelopes())
@settings(max_examples=80)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    record = encode(envelope)
    assert decode(record) == envelope
    assert encode(decode(record)) == record
    fast = decode_fast(record)
    assert (fast.id, fast.subject) == (str(envelope.id), str(envelope.matter))


def test_a_record_names_its_schema_first_and_its_attributes_as_published() -> None:
    published = json.loads(encode(ENVELOPE))
    assert list(published)[:3] == ["specversion", "dataschema", "type"]
    assert published["dataschema"] == "/schemas/dispatch.case_closed.1.json"
    assert published["time"] == "2024-05-06T04:00:00.000000Z"
    assert published["subject"] == str(MATTER)
    assert "onbehalfof" not in published


def broken(**changes: Any) -> bytes:
    return json.dumps(json.loads(encode(ENVELOPE)) | changes).encode()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"[]", "envelope"),
        (b"\xff\xfe", "encoding"),
        (b"\xef\xbb\xbf" + encode(ENVELOPE), "json"),
        (b" " * (MAX_RECORD + 1), "too_large"),
        (broken(subject="019a1b2c-3d4e-7f50-8a1b-2c3d4e5f6072"), "stream"),
        (broken(stream="case-1"), "stream"),
        (broken(stream=f"Case-{MATTER}"), "stream"),
        (broken(streamversion=0), "envelope"),
        (broken(streamversion="1"), "envelope"),
        (broken(time="2024-05-06"), "envelope"),
        (broken(time="2023-02-29T00:00:00.000000Z"), "envelope"),
        (broken(type="dispatch.case_received"), "envelope"),
        (broken(dataschema="https://elsewhere/x.json"), "envelope"),
        (broken(actorid=None), "envelope"),
        (broken(correlationid=None), "envelope"),
        (broken(data={}), "data"),
        (broken(data=None), "data"),
        (broken(note="a\0b"), "text"),
        (broken(note="\ud800"), "text"),
        (encode(ENVELOPE).replace(b'"cycle":1', b'"cycle":NaN'), "json"),
        (
            encode(ENVELOPE)[:-1] + b',"x":' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
            "nesting",
        ),
        (encode(ENVELOPE)[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nesting"),
        (
            encode(ENVELOPE)[:-1] + b',"x":' + b"[ " * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
            "nesting",
        ),
        (encode(ENVELOPE)[:-1] + b',"x":' + b'{"":' * MAX_DEPTH + b"0" + b"}" * MAX_DEPTH + b"}", "nesting"),
    ],
)
@pytest.mark.parametrize("read", [decode, decode_fast])
def test_a_broken_record_is_refused_for_its_reason(read: Any, record: bytes, reason: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        read(record)
    assert refusal.value.reason == reason
    assert not isinstance(refusal.value, UnknownKind)


@pytest.mark.parametrize("read", [decode, decode_fast])
@pytest.mark.parametrize(
    "changes",
    [
        {"dataschema": "/schemas/dispatch.case_closed.9.json"},
        {"dataschema": "/schemas/x.y_z.1.json", "type": "x.y_z", "data": {"any": "thing"}},
    ],
)
def test_a_sound_event_of_an_unknown_kind_or_version_is_named_so(read: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(UnknownKind):
        read(broken(**changes))


@pytest.mark.parametrize("read", [decode, decode_fast])
def test_another_key_order_and_unknown_fields_are_read(read: Any) -> None:
    published = json.loads(encode(ENVELOPE))
    published["data"]["later_field"] = {"deep": [1, 2.5, None]}
    turned = json.dumps(dict(reversed(published.items())) | {"partitionkey": "p"}, indent=1).encode()
    assert read(turned).version == 7


def test_attributes_of_others_are_kept_and_passed_on() -> None:
    received = decode(broken(partitionkey="p", sampledrate=3))
    assert received.extra == {"partitionkey": "p"}
    assert json.loads(encode(received))["partitionkey"] == "p"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_text_nobody_can_store_is_never_written(text: str) -> None:
    with pytest.raises(Undecodable, match="text"):
        encode(replace(ENVELOPE, cause=replace(CAUSE, external_no=text)))


def test_a_record_above_the_limit_is_never_written() -> None:
    with pytest.raises(Undecodable, match="too_large"):
        encode(replace(ENVELOPE, cause=replace(CAUSE, external_no="9" * MAX_RECORD)))


def _first_step(data: dict[str, Any]) -> dict[str, Any]:
    return {"route": data["way"], "cycle": data["cycle"]}


def _second_step(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"cycle": data["cycle"] + 1}


UPCASTING = Codec(
    {("test.thing", 3): OutcomeWithdrawn},
    {("test.thing", 1): _first_step, ("test.thing", 2): _second_step},
)


def old(version: int, data: dict[str, Any]) -> bytes:
    return broken(dataschema=f"/schemas/test.thing.{version}.json", type="test.thing", data=data)


def test_old_versions_are_brought_up_to_date_in_both_readers() -> None:
    """Reliability R8."""
    first, second = old(1, {"way": "DISPATCH", "cycle": 1}), old(2, {"route": "DISPATCH", "cycle": 1})
    expected = OutcomeWithdrawn(route="DISPATCH", cycle=2)
    for record in (first, second):
        assert UPCASTING.decode(record).data == expected
        fast = UPCASTING.decode_fast(record)
        assert (fast.schema_version, fast.data.route, fast.data.cycle) == (3, "DISPATCH", 2)


def test_an_old_version_that_its_step_cannot_read_is_undecodable() -> None:
    for read in (UPCASTING.decode, UPCASTING.decode_fast):
        with pytest.raises(Undecodable, match="data"):
            read(old(1, {"route": "DISPATCH"}))
        with pytest.raises(UnknownKind):
            read(old(4, {"route": "DISPATCH", "cycle": 1}))


@pytest.mark.parametrize(
    "moment", ["2026-02-30T00:00:00.000000Z", "2026-02-28T24:00:00.000000Z", "2026-02-28"]
)
def test_an_instant_inside_a_clock_is_looked_at_as_well(moment: str) -> None:
    pause = {"start": "2026-03-02T01:00:00.000000Z"}
    clock = {
        "clock": "HANDLE",
        "state": "PAUSED",
        "started_at": "2026-03-02T01:00:00.000000Z",
        "policy_version": "p",
        "calendar_version": "c",
    }
    for broken in (clock | {"due_at": moment}, clock | {"pauses": [pause, {"start": moment}]}):
        fact = {"clock": "HANDLE", "due_at": pause["start"], "clocks": [clock, broken]}
        data = json.dumps(fact)
        assert contract_says(SlaWarned, data) is None
        assert fast_says(SlaWarned, data) is None
