"""AsyncAPI 3.0 per topic, from the contract registry (interfaces, section 2). Pure."""

from collections.abc import Mapping
from typing import Any

from libs.events.contracts import Event
from libs.events.factschemas import Json, schema_of
from libs.events.notices import PARKED, SETTLED

INSTANT = {
    "type": "string",
    "format": "date-time",
    "description": "RFC 3339 in UTC with microseconds and Z, so that text order is time order",
}
UUID_TEXT = {"type": "string", "format": "uuid"}
TEXT = {"type": "string", "minLength": 1}

ATTRIBUTES: Mapping[str, tuple[Json, str]] = {
    "specversion": ({"const": "1.0"}, "CloudEvents 1.0, structured mode"),
    "dataschema": (TEXT, "path of the JSON Schema of `data`, with its version"),
    "type": (TEXT, "what happened; fixed for ever"),
    "source": (TEXT, "`/bihuan/<deployment>/<stage>`"),
    "id": (UUID_TEXT, "UUIDv5 of stream and version: sent twice it is the same"),
    "stream": (TEXT, "`<prefix>-<matter>`"),
    "streamversion": ({"type": "integer", "minimum": 1}, "1, 2, 3 … without gaps"),
    "subject": (UUID_TEXT, "the matter; also the record key"),
    "time": (INSTANT, "business time"),
    "recordedat": (INSTANT, "when the stage stored it"),
    "datacontenttype": ({"const": "application/json"}, "of `data`"),
    "causationid": (UUID_TEXT, "the command or event that caused it"),
    "correlationid": (UUID_TEXT, "everything with one first cause"),
    "actorid": (TEXT, "who acted: an opaque id"),
    "actororg": (TEXT, "the organisation of the actor"),
    "actorrole": (TEXT, "the role in which the actor acted"),
    "onbehalfof": (TEXT, "the person a deputy acted for"),
    "channel": (TEXT, "where the matter came from"),
    "sourcesystem": (TEXT, "the system an import came from"),
    "externalno": (TEXT, "its number there"),
    "jurisdiction": (TEXT, "the division whose rules apply"),
    "traceparent": (TEXT, "W3C trace context of the cause"),
    "ruleid": (TEXT, "the rule that decided, where one did"),
    "ruleversion": (TEXT, "its version"),
    "policyversion": (TEXT, "version of the limits that applied"),
    "calendarversion": (TEXT, "version of the calendar that applied"),
}
OPTIONAL = tuple(ATTRIBUTES)[tuple(ATTRIBUTES).index("onbehalfof") :]
TOPICS = {
    "intake": "case.intake",
    "dispatch": "case.dispatch",
    "mediation": "case.mediation",
    "reference": "case.reference",
}
PURPOSES = {
    "reference": "Editions of reference data, and the rows they consist of. Only intake writes; compacted."
}
DEAD_LETTERS = "case.dead-letter"


def stage_document(stage: str, facts: Mapping[str, type[Event]], examples: Mapping[str, Json]) -> Json:
    """The document of a stage's topic. `facts` and `examples` are keyed by `<kind>.<version>`."""
    messages = {name: _fact(name, fact, examples[name]) for name, fact in facts.items()}
    schemas: Json = {"Envelope": _envelope()}
    for name, fact in facts.items():
        schemas |= _hoisted(name, schema_of(fact))
    usual = f"Everything that happened in the stage {stage}. Only this stage writes here."
    purpose = PURPOSES.get(stage, usual)
    return _document(TOPICS[stage], purpose, messages, schemas)


def dead_letter_document(examples: Mapping[str, Json]) -> Json:
    """The document of the topic that announces records set aside."""
    messages = {
        name: {
            "name": name,
            "title": name,
            "summary": summary,
            "contentType": "application/cloudevents+json",
            "bindings": {"kafka": {"key": {"type": "string", "description": "the stream that waits"}}},
            "payload": {"$ref": "#/components/schemas/Notice"},
            "examples": [{"name": "example", "payload": examples[name]}],
        }
        for name, summary in ((PARKED, "A record was set aside."), (SETTLED, "Somebody decided about it."))
    }
    purpose = "Records that could not be applied, and what was decided about them. Never their content."
    return _document(DEAD_LETTERS, purpose, messages, {"Notice": NOTICE})


NOTICE: Json = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": UUID_TEXT,
        "source": TEXT,
        "type": {"enum": [PARKED, SETTLED]},
        "subject": TEXT,
        "time": INSTANT,
        "datacontenttype": {"const": "application/json"},
        "data": {
            "type": "object",
            "required": ["topic", "partition", "offset", "reason", "state"],
            "properties": {
                "topic": TEXT,
                "partition": {"type": "integer", "minimum": 0},
                "offset": {"type": "integer", "minimum": 0},
                "stream": TEXT,
                "version": {"type": "integer"},
                "reason": {**TEXT, "description": "a stable code"},
                "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "state": {"enum": ["PENDING", "REPLAY_REQUESTED", "REPLAYED", "DISCARDED"]},
                "decided_by": TEXT,
                "note": TEXT,
            },
        },
    },
}


def _document(topic: str, purpose: str, messages: Json, schemas: Json) -> Json:
    channel = {
        "address": topic,
        "description": purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": topic}},
    }
    publish = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": "At least once, in the order of each stream; drop repeats by stream and version.",
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Bihuan {topic}",
            "version": "1.0.0",
            "description": purpose,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: channel},
        "operations": {"publish": publish},
        "components": {"messages": messages, "schemas": schemas},
    }


def _fact(name: str, fact: type[Event], example: Json) -> Json:
    fixed = {
        "type": {"const": fact.kind},
        "dataschema": {"const": f"/schemas/{name}.json"},
        "data": {"$ref": f"#/components/schemas/{name}"},
    }
    return {
        "name": name,
        "title": fact.__name__,
        "summary": fact.__doc__,
        "contentType": "application/cloudevents+json",
        "headers": {"type": "object", "properties": {"content-type": TEXT, "traceparent": TEXT}},
        "bindings": {"kafka": {"key": {**UUID_TEXT, "description": "the matter"}}},
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, {"properties": fixed}]},
        "examples": [{"name": "example", "payload": example}],
    }


def _envelope() -> Json:
    return {
        "type": "object",
        "required": [*(name for name in ATTRIBUTES if name not in OPTIONAL), "data"],
        "properties": {name: {**kind, "description": text} for name, (kind, text) in ATTRIBUTES.items()},
    }


def _hoisted(name: str, schema: Json) -> Json:
    """The schema and its parts as components, with the references turned to them."""
    parts = schema.get("$defs", {})
    own = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "$defs"}}
    named: Json = _redirected({name: own, **parts})
    return named


def _redirected(node: Any) -> Any:
    if isinstance(node, list):
        return [_redirected(item) for item in node]
    if isinstance(node, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _redirected(value)
            for key, value in node.items()
        }
    return node
