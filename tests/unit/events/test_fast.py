"""What the fast decoder looks at without msgspec: exactly what the contracts look at."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.events.admission import MAX_RECORD
from libs.events.checks import Codes, check_head, source_of
from libs.events.codec import Codec, decode, decode_fast, encode
from libs.events.contracts import Event
from libs.events.contracts.dispatch import CaseClosed, FeedbackSubmitted
from libs.events.contracts.intake import OutcomeWithdrawn, ReportSubmitted, SlaWarned
from libs.events.contracts.mediation import MediatorsAppointed
from libs.events.errors import Undecodable, UnknownKind
from tests.unit.events.generated import CONTRACTS, ODD, json_of, write
from tests.unit.events.test_codec import ENVELOPE, contract_says, fast_says, has_twice

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
NOON = "2026-03-02T04:00:00.000000Z"
SEALED = {"sealed": LETTERS, "key": "k1"}
REPORT = {
    "channel": "03", "category": "2.EVENT.LITTER", "urgency": "1", "org_code": "640202001",
    "grid_code": "640202001001001", "subject": SEALED, "description": SEALED, "anonymous": False,
    "confidential": False, "wants_reply": True, "reported_at": NOON, "by": "u1",
}  # fmt: skip
CLOCK = {
    "clock": "HANDLE", "state": "RUNNING", "started_at": NOON, "limit": "5wd", "extensions": ["2wd"],
    "pauses": [{"start": NOON, "end": NOON}], "due_at": NOON, "hours_of": "org-1", "policy_version": "p1",
    "calendar_version": "c1",
}  # fmt: skip
WARNED = {"clock": "HANDLE", "due_at": NOON, "clocks": [CLOCK, CLOCK]}
ATTACHMENT = {"id": "a-1", "sha256": "0f" * 32, "mime": "image/png", "size": 1, "phase": "BEFORE"}
FEEDBACK = {
    "assignment_no": 1, "org": "unit-1", "result": "O1", "truth": True, "contacted": True, "measures": SEALED,
    "attachments": [ATTACHMENT, ATTACHMENT], "by": "u1",
}  # fmt: skip
APPOINTED = {"mediators": ["m-1", "m-2"], "chief": "m-1", "chosen_by": "PARTIES", "by": "u1"}
SOUND: list[tuple[type[Event], dict[str, Any]]] = [
    (ReportSubmitted, REPORT),
    (SlaWarned, WARNED),
    (FeedbackSubmitted, FEEDBACK),
    (MediatorsAppointed, APPOINTED),
]

Place = tuple[str | int, ...]
Read = Callable[[bytes], Any]


@dataclass(frozen=True)
class Head:
    """An event as far as its stream is concerned."""

    stream: str
    subject: str
    occurred_at: str
    recorded_at: str


HEAD = Head("case-1", "1", NOON, NOON)
SUBJECT = "0123abcd-0000-4000-8000-0123456789ab"


def places(value: Any, here: Place = ()) -> list[Place]:
    """Where a JSON value holds values, itself included."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [here, *(place for name, item in inside for place in places(item, (*here, name)))]


def put(value: Any, place: Place, new: str) -> str:
    """The JSON text of the value with another JSON text at a place of it."""
    if not place:
        return new
    name, *rest = place
    if isinstance(value, dict):
        items = {
            key: put(item, tuple(rest), new) if key == name else write(item) for key, item in value.items()
        }
        return "{" + ",".join(f"{write(key)}:{text}" for key, text in items.items()) + "}"
    texts = [put(item, tuple(rest), new) if at == name else write(item) for at, item in enumerate(value)]
    return "[" + ",".join(texts) + "]"


def at(value: Any, place: Place) -> Any:
    for name in place:
        value = value[name]
    return value


def agree(contract: type[Event], data: str) -> bool:
    """Both ways of reading say the same; whether they accept it."""
    expected, got = contract_says(contract, data), fast_says(contract, data)
    assert (got is None or got == expected) if has_twice(data) else got == expected
    return got is not None


@pytest.mark.parametrize(("contract", "data"), SOUND)
def test_a_sound_fact_is_accepted(contract: type[Event], data: dict[str, Any]) -> None:
    assert agree(contract, write(data))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.kind)
@given(drawn=st.data())
@settings(max_examples=20)
def test_whatever_stands_at_any_depth_both_accept_and_refuse_the_same(
    contract: type[Event], drawn: st.DataObject
) -> None:
    data = drawn.draw(json_of(contract))
    place = drawn.draw(st.sampled_from(places(data)))
    old = at(data, place)
    ways = [st.sampled_from(ODD)]
    if isinstance(old, str):
        ways.append(
            st.builds(_with_letter, st.just(old), st.integers(0, 99), st.characters(codec="utf-8")).map(write)
        )
    if isinstance(old, dict):
        ways.append(
            st.sampled_from(ODD).map(lambda odd: f'{write(old)[:-1]}{"," * bool(old)}"later":{odd}}}')
        )
    agree(contract, put(data, place, drawn.draw(st.one_of(ways))))


def _with_letter(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]


TEXTS = [
    *(
        "",
        "a",
        "-",
        "_",
        "a\n",
        "\na",
        "a\r",
        "a b",
        "a\x7f",
        "a\u2028",
        "a+",
        "a/",
        "a=",
        "a@",
        "é",
        "Ａ",
        "９",
    ),
    *("a\x00", "\ud800", "a" * 64, "a" * 65, "a" * 16_384, "a" * 16_385, LETTERS, LETTERS + "~", "ſ", "İ"),
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("contract", "data", "place"),
    [
        (ReportSubmitted, REPORT, ("subject", "sealed")),
        (ReportSubmitted, REPORT, ("description", "key")),
        (ReportSubmitted, REPORT, ("by",)),
        (ReportSubmitted, REPORT, ("grid_code",)),
        (FeedbackSubmitted, FEEDBACK, ("attachments", 1, "id")),
        (FeedbackSubmitted, FEEDBACK, ("attachments", 0, "sha256")),
        (SlaWarned, WARNED, ("clocks", 1, "limit")),
        (SlaWarned, WARNED, ("clocks", 0, "hours_of")),
        (SlaWarned, WARNED, ("clocks", 0, "extensions", 0)),
        (MediatorsAppointed, APPOINTED, ("mediators", 1)),
    ],
)
def test_texts_of_a_pattern_are_judged_as_the_contract_does(
    contract: type[Event], data: dict[str, Any], place: Place, text: str
) -> None:
    escaped, plain = json.dumps(text), json.dumps(text, ensure_ascii=False)
    for new in (escaped, escaped, plain, plain):  # the second time it may be remembered
        if "\ud800" not in new:
            agree(contract, put(data, place, new))


MOMENTS = [
    *("2026-02-30T00:00:00.000000Z", "2024-02-29T00:00:00.000000Z", "2026-00-01T00:00:00.000000Z"),
    *("2026-03-02T24:00:00.000000Z", "2026-03-02T23:60:00.000000Z", "2026-03-02T23:59:60.000000Z"),
    *("2026-W10-1T01:00:00.000000Z", "20260302T01:00:00.00000000Z", "2026-03-02T010000.00000000Z"),
    *("2026-03-02 01:00:00.000000Z", "2026-03-02t01:00:00.000000Z", "2026-03-02T01:00:00.000000z"),
    *("2026-03-02T01:00:00,000000Z", "2026-03-02T01:00:00.0000+08", "2026-03-02T01:00:00.0000000"),
    *("2026-03-02T01:00.0000000000Z", "2026-03-02T01.00.00.000000Z", "2026-03-02T01:00:00.00000ZZ"),
    *("２026-03-02T01:00:00.000000Z", "2026-03-02T01:00:00.00000０Z", "2026-03-02T01:00:00.00000٠Z"),
    *("2026-03-02T01:00:00.000000Z\n", "\n2026-03-02T01:00:00.00000Z", "+026-03-02T01:00:00.000000Z"),
    *("2026-03-02T01:00:00.+00000Z", "2026-03-02T01:00:00.00-000Z", "2026-03-02T01:00:00.000000\x00"),
    *("0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "10000-01-01T00:00:00.00000Z", ""),
]
_REAL = {"2024-02-29T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", NOON}


@pytest.mark.parametrize("moment", [*MOMENTS, NOON])
def test_instants_of_facts_are_judged_as_the_contract_does(moment: str) -> None:
    text = json.dumps(moment, ensure_ascii=False)
    for place in [("due_at",), ("clocks", 1, "due_at"), ("clocks", 0, "pauses", 0, "end")]:
        assert agree(SlaWarned, put(WARNED, place, text)) == (moment in _REAL)


@pytest.mark.parametrize("moment", [*MOMENTS, NOON])
@pytest.mark.parametrize("name", ["time", "recordedat"])
def test_instants_of_the_envelope_have_one_spelling(name: str, moment: str) -> None:
    record = put(json.loads(encode(ENVELOPE)), (name,), json.dumps(moment, ensure_ascii=False)).encode()
    for read in (decode, decode_fast):
        if moment in _REAL:
            assert read(record).version == ENVELOPE.version
            continue
        with pytest.raises(Undecodable) as refusal:
            read(record)
        assert refusal.value.reason == ("text" if "\0" in moment and "\\" in record.decode() else "envelope")


def test_a_flood_of_texts_is_not_remembered_for_ever() -> None:
    codes = Codes("^[0-9]{1,9}$")
    for number in range(70_000):
        codes.learn(str(number))
    assert 1_000 < len(codes.seen) < 66_000
    assert None in codes.seen
    with pytest.raises(Undecodable):
        codes.learn("1a")


def test_a_flood_of_prefixes_is_not_remembered_for_ever() -> None:
    prefixes: set[str] = set()
    for letters in product("abcdefghij", repeat=3):
        prefix = "".join(letters) + "-"
        check_head(replace(HEAD, stream=prefix + SUBJECT, subject=SUBJECT), prefixes)
        assert prefix in prefixes
        assert len(prefixes) < 100
    with pytest.raises(Undecodable):
        check_head(HEAD, prefixes)


@pytest.mark.parametrize("other", ["case-", "brandnew-"])
def test_a_stream_is_its_prefix_and_its_subject(other: str) -> None:
    """Whatever differs in stream or subject is refused alike before and after the prefix was learnt."""
    good = json.loads(encode(ENVELOPE))
    assert decode_fast(encode(ENVELOPE)).stream == good["stream"], "which teaches the first of the prefixes"
    subject = SUBJECT
    wrong = [
        subject.upper(), subject.replace("-", "x"), subject[:-1] + "x", subject[:-1] + "g",
        subject[:-1] + "!", subject[:-1] + "é", subject[:-1] + "\uff11", subject[:8] + "a" + subject[9:],
        "-" + subject[1:],
    ]  # fmt: skip
    pairs = [(other + text, text) for text in wrong]
    pairs += [(stream + subject, subject) for stream in ("", "-", "Case-", "case", "case--", "caſe-")]
    pairs += [(other + subject, wrong[0]), (other + subject[::-1], subject), (f"{other}{subject}\n", subject)]
    for stream, told in pairs:
        record = json.dumps(good | {"stream": stream, "subject": told}, ensure_ascii=False).encode()
        for read in (decode, decode_fast):
            with pytest.raises(Undecodable) as refusal:
                read(record)
            assert refusal.value.reason == "stream"


def test_a_fact_with_nothing_to_look_at_has_a_check_of_its_head_alone() -> None:
    assert source_of(OutcomeWithdrawn).endswith("    data = event.data")
    assert "    for data_clocks in data.clocks or ():" in source_of(SlaWarned).splitlines()


READERS = pytest.mark.parametrize("read", [decode, decode_fast])


@READERS
@pytest.mark.parametrize("codec", [None, Codec({("dispatch.case_closed", 1): CaseClosed}, {})])
def test_a_record_names_its_schema_once_or_twice_the_same(read: Read, codec: Codec | None) -> None:
    if codec:
        read = codec.decode if read is decode else codec.decode_fast
    record = encode(ENVELOPE)
    schema = b'"dataschema":"/schemas/dispatch.case_closed.1.json",'
    assert read(record.replace(schema, schema * 2)).version == ENVELOPE.version
    for wrong in (
        b"",
        b'"dataschema":"",',
        schema.replace(b"dataschema", b"dataschemas"),
        schema + b'"dataschema":"",',
        b'"dataschema":"",' + schema,
        schema + schema.replace(b"closed", b"received"),
        schema.replace(b"closed", b"received") + schema,
    ):
        with pytest.raises(Undecodable) as refusal:
            read(record.replace(schema, wrong))
        assert not isinstance(refusal.value, UnknownKind)


@READERS
@pytest.mark.parametrize(
    ("found", "instead", "reason"),
    [
        (b"{", b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b",", "nesting"),
        (b'"cycle":1', b'"cycle":1,"x":' + b"[" * 600 + b"]" * 600, "nesting"),
        (b'"org-1"', b'"\xff"', "encoding"),
        (b'"org-1"', b'"\xed\xa0\x80"', "encoding"),
        (b'"org-1"', b'"a\0"', "json"),
        (b'"org-1"', b'"\\u0000"', "text"),
        (b'"org-1"', b'"' + b"o" * MAX_RECORD + b'"', "too_large"),
        (b'"U-1"', b'"U 1"', "data"),
        (b'"type":"dispatch.case_closed"', b'"type":"dispatch.case_received"', "envelope"),
    ],
)
def test_what_is_refused_is_refused_for_its_reason(
    read: Read, found: bytes, instead: bytes, reason: str
) -> None:
    record = encode(ENVELOPE)
    assert found in record
    with pytest.raises(Undecodable) as refusal:
        read(record.replace(found, instead, 1))
    assert refusal.value.reason == reason


@READERS
@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b'"org-1"', '"网格一"'.encode()),
        (b'"org-1"', b'"\\u7f51\\u683c"'),
        (b'"cycle":1', b'"cycle":1,"later":{"deep":[1,2.5,null]}'),
        (b'"data":', b'"later":[[[1]]],"data":'),
    ],
)
def test_text_of_any_script_and_fields_of_others_are_read(read: Read, found: bytes, instead: bytes) -> None:
    record = encode(ENVELOPE)
    assert found in record
    assert read(record.replace(found, instead)).version == ENVELOPE.version
