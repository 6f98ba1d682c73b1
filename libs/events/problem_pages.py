"""`docs/problems.md`: one heading per stable code, to which the `type` of a problem points."""

from libs.events.described import refusals
from libs.events.errors import Rejected
from libs.events.labels import label
from libs.events.problems import RETRYABLE, STATUS

MEANING = {
    "after_malformed": (
        "`?after=` is not `<stream>@<version>`, or names a stream this service never reflects. Send "
        "back a `Position` exactly as a service gave it."
    ),
    "bad_cursor": "`?cursor=` did not come from `next` of this list. Begin again without it.",
    "bad_text": "A text holds NUL or half of a surrogate pair; the pointers say where.",
    "body_too_large": "The body exceeds 1 MiB. Files are sent to the attachment store, not in commands.",
    "busy": "Too many requests at once, or others changed the same matter again and again. Send it again.",
    "deadline_exceeded": (
        "The request was not finished in time. With the same `Idempotency-Key` it is safe to send it "
        "again: it is carried out once at most."
    ),
    "duplicate_field": "A JSON object names a field twice, so it cannot be said what is meant.",
    "fields_wrong": "`errors` lists every wrong field, with a JSON pointer and a code of its own.",
    "headers_too_large": "The request line and headers exceed 32 KiB.",
    "idempotency_key_malformed": "The key is not 1 to 128 visible ASCII characters, or came twice.",
    "idempotency_key_missing": (
        "Every POST needs an `Idempotency-Key`: a fresh one per intention, the same one when it is "
        "sent again."
    ),
    "idempotency_mismatch": (
        "The key was used by the same caller for another address or body. Use a fresh key."
    ),
    "if_match_malformed": 'If-Match is neither `*` nor one quoted version such as `"7"`.',
    "illegal_transition": (
        "The command does not exist in the present state. `allowed` says what is possible."
    ),
    "internal_error": "Our fault. The trace id finds it in the logs; nothing was stored unless it says so.",
    "malformed_json": (
        "The body is not one JSON value in UTF-8 (NaN, Infinity and a byte order mark are none)."
    ),
    "malformed_request": "The request is not complete, well-formed HTTP.",
    "method_not_allowed": "The address knows other methods; `Allow` names them.",
    "nesting_too_deep": "The JSON value is nested more than 32 levels deep.",
    "not_found": "No such address, or no such entry of the catalogue it names.",
    "not_json": "The body's content type must be `application/json`.",
    "not_permitted": "None of the caller's roles may use this operation.",
    "position_not_reached": (
        "The position of `?after=` was not applied within 3 s. The answer would have been stale, so "
        "there is none; ask again."
    ),
    "request_timeout": "The request was not received in time (headers 10 s, body 30 s, 512 B/s).",
    "stale_version": (
        "Somebody was faster: the stream is past the version of `If-Match`. `ETag` has the newest."
    ),
    "token_expired": "The token's `exp` has passed.",
    "token_invalid": "The token is not signed by a known key with ES256, or a claim is missing or wrong.",
    "token_missing": "There is no `Authorization: Bearer` header. No write and no read goes without.",
    "unavailable": "A dependency is away; nothing was stored. `Retry-After` says when to try again.",
    "unknown_clock": "The matter has no clock of this name, or none that has started yet.",
    "unknown_matter": "No matter with this id is known here, or it is not to be known to this caller.",
}
HEAD = """# Problems

Every refusal is `application/problem+json` (RFC 9457). Its `code` is stable and `type` points to a heading
here. 408, 429 and 503 may be sent again with the same `Idempotency-Key`; the rest may not until something
changed. This page is generated: `make schemas`.
"""


def pages() -> str:
    """The whole page: the codes of the edge, then the rules of each stage that is loaded."""
    edge = [_entry(code, STATUS[code], MEANING[code]) for code in sorted(STATUS)]
    found = {kind.rule: " ".join((kind.__doc__ or "").split()) for kind in refusals(Rejected)}
    ruled = [_entry(rule, 409, found[rule]) for rule in sorted(found.keys() - STATUS.keys())]
    return "\n".join([HEAD, *edge, *ruled])


def _entry(code: str, status: int, meaning: str) -> str:
    again = ", may be sent again" if status in RETRYABLE else ""
    words = f"{label(code)} · {label(code, 'en')}"
    text = f"\n{meaning}\n" if meaning else ""
    return f"## {code}\n\n{status}{again}: {words}\n{text}"
