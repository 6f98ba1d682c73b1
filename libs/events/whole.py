"""An answer that is complete leaves in one piece; the server would check and join it header by header."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from libs.events.middleware import SAFE

BODILESS = frozenset({204, 304})
UNUSUAL = frozenset({b"connection", b"transfer-encoding"})
"""Headers by which an answer says how it is sent: the server knows best what follows from them."""
USUAL = frozenset(
    {b"allow", b"content-length", b"content-type", b"date", b"etag", b"idempotency-replayed", b"location"}
    | {b"position", b"retry-after", b"vary", b"www-authenticate"}
    | {name for name, _ in SAFE}
)
"""Headers whose names need no look at their letters."""
_SAFE_LINES = b"".join(b"%b: %b\r\n" % pair for pair in SAFE)
"""What ends the head of every answer, written once."""
_NAME, _VALUE = itemgetter(0), itemgetter(1)
_PLAIN = frozenset({"etag", "idempotency-replayed", "location", "position", "retry-after"})
"""Headers of commands' answers that say nothing of body or connection."""
_UNSENDABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]").search
"""What no value of a header may hold, as the server has it; and what is not Latin-1."""


class Cycle(RequestResponseCycle):
    """One request and its answer. The head waits for the body; all that is unusual goes the server's way.

    Unusual is a body in parts, an answer without one, a connection that ends and a client that does not read.
    """

    held: Any = None

    async def receive(self) -> Any:
        """A body that has arrived whole is there at once; for all else the server waits."""
        told = self.message_event.is_set() and not self.waiting_for_100_continue
        if self.more_body or self.disconnected or self.response_complete or not told:
            return await super().receive()
        self.flow.resume_reading()
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}

    def say(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        """Send a whole answer in JSON under safe headers; False where it must be sent in parts.

        To the byte what comes of the same in two messages (`send`), which most answers are written for.
        """
        if self.held is not None or self.response_started or self._bound() or status in BODILESS:
            return False
        if not _PLAIN.issuperset(map(_NAME, headers)) or _UNSENDABLE("".join(map(_VALUE, headers))):
            return False
        own = "".join([f"{name}: {value}\r\n" for name, value in headers])
        kind = b"content-length: %d\r\ncontent-type: application/json\r\n" % len(body)
        head = STATUS_LINE[status], _lines(self.default_headers), own.encode("latin-1"), kind, _SAFE_LINES
        self.response_started = True
        self._complete(b"".join((*head, b"\r\n", body)))
        return True

    async def send(self, message: Any) -> None:
        if self.held is None and not self.response_started and message["type"] == "http.response.start":
            self.held, self.response_started = message, True
            return
        start, self.held = self.held, None
        if start is not None:
            whole = None if self._unusual(start, message) else self._whole(start, message["body"])
            if whole is not None:
                self._complete(whole)
                return
            self.response_started = False
            await super().send(start)
        await super().send(message)

    def _bound(self) -> bool:
        """Whether request or connection bind the server to look at each part."""
        return (
            self.disconnected
            or not self.keep_alive
            or self.flow.write_paused
            or self.access_log
            or self.scope["method"] == "HEAD"
        )

    def _unusual(self, start: Any, message: Any) -> bool:
        return (
            self._bound()
            or start["status"] in BODILESS
            or message["type"] != "http.response.body"
            or "body" not in message
            or message.get("more_body", False)
        )

    def _whole(self, start: Any, body: bytes) -> bytes | None:
        """All of the answer; None when the server must look at its head."""
        headers, safe = [*self.default_headers, *start["headers"]], b""
        if headers[-len(SAFE) :] == SAFE:
            safe = _SAFE_LINES
            del headers[-len(SAFE) :]
        if not USUAL.issuperset(map(_NAME, headers)):
            headers = _small(headers)
        if not headers or HEADER_VALUE_RE.search(b"".join(map(_VALUE, headers))):
            return None
        if dict(headers).get(b"content-length") != b"%d" % len(body):
            return None
        return b"".join((STATUS_LINE[start["status"]], *map(_line, headers), safe, b"\r\n", body))

    def _complete(self, whole: bytes) -> None:
        """As the server leaves a cycle whose answer is sent."""
        self.waiting_for_100_continue = self.chunked_encoding = False
        self.response_complete = True
        transport: Any = self.transport
        transport.send(whole)
        self.message_event.set()
        self.on_response()


def _line(header: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % header


@lru_cache(maxsize=1)
def _written(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join(map(_line, headers))


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The server's own headers; they change once a second."""
    return _written(tuple(headers))


def _small(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same with names in small letters; none where one is no name, or says how the answer is sent."""
    small = [(name.lower(), value) for name, value in headers]
    rare = {name for name, _ in small} - USUAL
    return [] if rare & UNUSUAL or any(map(HEADER_RE.search, rare)) else small
