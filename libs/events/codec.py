"""Envelope to record and back: structured-mode CloudEvents JSON (interfaces, section 2).

Two ways to read: `decode` for the stages, checked by the pydantic contracts, and `decode_fast` for
replay. Both accept and refuse the same records.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from libs.events.admission import admit
from libs.events.causes import cause_of
from libs.events.contracts import Event, registry
from libs.events.contracts.values import instant_text
from libs.events.envelope import Envelope, event_id_text, matter_text
from libs.events.errors import Undecodable, UnknownKind
from libs.events.fast import Fast, Read, plain_reader, reader, schema_path

Heard = Envelope | Fast
"""A consumed event: whole, or as far as passing it over needs."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""A pure step from the data of one schema version to the data of the next."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(kind, old version) -> step. A row is added when a version is released, and never changed."""

_SCHEMA_AT = len(b'{"specversion":"1.0","dataschema":"')
_SCHEMA = re.compile(r"/schemas/([a-z]+\.[a-z_]+)\.([1-9][0-9]{0,3})\.json")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")


class _Wire(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The record in its fixed key order; `dataschema` leads, so that a reader finds its decoder at once."""

    specversion: str
    dataschema: str
    type: str
    source: str
    id: str
    stream: str
    streamversion: int
    subject: str
    time: str
    recordedat: str
    datacontenttype: str
    causationid: str
    correlationid: str
    actorid: str
    actororg: str
    actorrole: str
    onbehalfof: str | None = None
    channel: str | None = None
    sourcesystem: str | None = None
    externalno: str | None = None
    jurisdiction: str | None = None
    traceparent: str | None = None
    ruleid: str | None = None
    ruleversion: str | None = None
    policyversion: str | None = None
    calendarversion: str | None = None
    data: msgspec.Raw


class _Foreign(Fast, frozen=True, gc=False, kw_only=True):
    """Any well-formed envelope, whatever its data."""

    dataschema: str
    data: msgspec.Raw


class _Schema(msgspec.Struct, gc=False):
    dataschema: str


_KNOWN_ATTRIBUTES = frozenset(_Wire.__struct_fields__)


class Codec:
    """The records of a set of contracts; the module functions use the one of every released contract."""

    def __init__(
        self, contracts: Mapping[tuple[str, int], type[Event]], upcasters: Mapping[tuple[str, int], Upcaster]
    ) -> None:
        self._facts = {schema_path(*key).encode(): (*key, contract) for key, contract in contracts.items()}
        self._plain = plain_reader(contracts, _no_event)
        self.decode_fast: Callable[[bytes], Fast] = plain_reader(contracts, self._carefully)
        """The replay view of a record. Raises Undecodable or UnknownKind."""
        self._readers: dict[bytes, Read] = {}
        self._upcasters = upcasters

    def decode(self, record: bytes) -> Envelope:
        """The envelope with its fact checked by the contract. Raises Undecodable or UnknownKind."""
        fast, extra = self._plain(record), {}
        if fast is None:
            fast, extra = self._carefully(record), _unknown_attributes(record)
        try:
            # What msgspec understood, not the raw bytes: duplicate keys and unknown fields are gone.
            data = fast.contract.model_validate_json(msgspec.json.encode(fast.data))
        except ValidationError as error:
            raise Undecodable("data") from error
        return Envelope(
            source=fast.source,
            stream=fast.stream,
            version=fast.version,
            data=data,
            cause=cause_of(fast),
            recorded_at=datetime.fromisoformat(fast.recorded_at),
            extra=extra,
        )

    def _carefully(self, record: bytes) -> Fast:
        """A record with escapes, of an older schema or with fields of others; or one to refuse, and why."""
        admit(record)
        read = self._reader(record[_SCHEMA_AT : record.find(b'"', _SCHEMA_AT)])
        if read is None:
            record, read = self._find(record)
        try:
            return read(record)
        except msgspec.DecodeError as error:
            _refuse(error)

    def _reader(self, path: bytes) -> Read | None:
        """Built when first needed: most processes see no such record."""
        if path not in self._readers and (fact := self._facts.get(path)):
            self._readers[path] = reader(*fact)
        return self._readers.get(path)

    def _find(self, record: bytes) -> tuple[bytes, Read]:
        """The decoder of a record with another key order or an older schema, brought up to date."""
        try:
            schema = _read_schema(record).dataschema
            if (known := self._reader(schema.encode())) is not None:
                return record, known
            foreign = _read_foreign(record)
        except msgspec.DecodeError as error:
            _refuse(error)
        foreign.check()
        return self._upcast(record, *_named(foreign))

    def _upcast(self, record: bytes, kind: str, version: int) -> tuple[bytes, Read]:
        if (kind, version) not in self._upcasters:
            raise UnknownKind("unknown_kind")
        whole = _read_whole(record)
        while (known := self._reader(schema_path(kind, version).encode())) is None:
            step = self._upcasters.get((kind, version))
            if step is None:
                raise UnknownKind("unknown_kind")
            whole["data"] = _step(step, whole["data"])
            version += 1
        whole["dataschema"] = schema_path(kind, version)
        return msgspec.json.encode(whole), known


def _no_event(_record: bytes) -> None:
    """Who decodes a whole envelope has to know which way its record went."""


def encode(envelope: Envelope) -> bytes:
    """The published bytes. Raises Undecodable when nobody could read them (text, size)."""
    try:
        record = msgspec.json.encode(_wire(envelope))
        if envelope.extra:
            record = record[:-1] + b"," + msgspec.json.encode(_passed_on(envelope.extra))[1:]
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise Undecodable("text") from error
    admit(record)
    return record


def _wire(envelope: Envelope) -> _Wire:
    cause, actor, data = envelope.cause, envelope.cause.actor, envelope.data
    command, chain = cause.command_id, cause.correlation_id
    causation = str(command)
    return _Wire(
        specversion="1.0",
        dataschema=schema_path(data.kind, data.schema_version),
        type=data.kind,
        source=envelope.source,
        id=event_id_text(envelope.stream, envelope.version),
        stream=envelope.stream,
        streamversion=envelope.version,
        subject=matter_text(envelope.stream),
        time=_instant(cause.at),
        recordedat=_instant(envelope.recorded_at),
        datacontenttype="application/json",
        causationid=causation,
        correlationid=causation if chain is command else str(chain),
        actorid=actor.user,
        actororg=actor.org,
        actorrole=actor.role,
        onbehalfof=actor.on_behalf_of,
        channel=cause.channel,
        sourcesystem=cause.source_system,
        externalno=cause.external_no,
        jurisdiction=cause.jurisdiction,
        traceparent=cause.traceparent,
        ruleid=cause.rule_id,
        ruleversion=cause.rule_version,
        policyversion=cause.policy_version,
        calendarversion=cause.calendar_version,
        data=msgspec.Raw(data.__pydantic_serializer__.to_json(data, exclude_none=True)),  # as bytes, once
    )


def _instant(moment: datetime) -> str:
    """As facts spell it; msgspec is the fastest to do so, but leaves a fraction of zeros out."""
    if moment.tzinfo is UTC and moment.microsecond:
        text: str = msgspec.to_builtins(moment)
        return text
    return instant_text(moment)


def _passed_on(extra: Mapping[str, str]) -> dict[str, str]:
    """Attributes of others are passed on where they are legal CloudEvents names and not ours."""
    return {
        name: value
        for name, value in sorted(extra.items())
        if _ATTRIBUTE.fullmatch(name) and name not in _KNOWN_ATTRIBUTES
    }


def _unknown_attributes(record: bytes) -> dict[str, str]:
    raw = _read_attributes(record)
    texts = {name: _text(raw[name]) for name in sorted(raw.keys() - _KNOWN_ATTRIBUTES)}
    return {name: text for name, text in texts.items() if text is not None}


def _text(raw: msgspec.Raw) -> str | None:
    """The value when it is a text; what else others write beside our attributes is not ours to judge."""
    try:
        return _read_text(raw)
    except msgspec.DecodeError:
        return None


def _named(foreign: _Foreign) -> tuple[str, int]:
    """Kind and version, which `type` and `dataschema` must tell alike."""
    named = _SCHEMA.fullmatch(foreign.dataschema)
    if named is None or named[1] != foreign.kind:
        raise Undecodable("envelope")
    return named[1], int(named[2])


def _read_whole(record: bytes) -> dict[str, Any]:
    try:
        return _read_object(record)
    except msgspec.DecodeError as error:
        _refuse(error)


def _step(step: Upcaster, data: dict[str, Any]) -> dict[str, Any]:
    try:
        return step(data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Undecodable("data") from error


def _refuse(error: msgspec.DecodeError) -> NoReturn:
    if not isinstance(error, msgspec.ValidationError):
        raise Undecodable("json") from error
    raise Undecodable("data" if "`$.data" in str(error) else "envelope") from error


_read_schema = msgspec.json.Decoder(_Schema).decode
_read_foreign = msgspec.json.Decoder(_Foreign).decode
_read_text = msgspec.json.Decoder(str).decode
_read_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_object = msgspec.json.Decoder(dict[str, Any]).decode
_CODEC = Codec(registry(), UPCASTERS)
decode = _CODEC.decode
decode_fast = _CODEC.decode_fast
