"""An answer that is complete leaves in one piece; the server would check and join it header by header."""

from collections.abc import Iterable
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
_SAFE_LINES = b"".join(b"%b: %b\r\n" % pair for pair in SAFE)
"""What ends the head of every answer, written once."""
_LINES = {(b"content-type", b"application/json"): b"content-type: application/json\r\n"}
_NAMES = frozenset({b"content-length", b"date", b"etag", b"location", b"position"})
"""Names that need no look at their letters."""


class Cycle(RequestResponseCycle):
    """One request and its answer. The head waits for the body; all that is unusual goes the server's way.

    Unusual is a body in parts, an answer without one, a connection that ends and a client that does not read.
    """

    held: Any = None

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

    def _unusual(self, start: Any, message: Any) -> bool:
        return (
            self.disconnected
            or not self.keep_alive
            or self.flow.write_paused
            or self.access_log
            or self.scope["method"] == "HEAD"
            or start["status"] in BODILESS
            or message["type"] != "http.response.body"
            or "body" not in message
            or message.get("more_body", False)
        )

    def _whole(self, start: Any, body: bytes) -> bytes | None:
        headers = start["headers"]
        own, safe = headers, b""
        if headers[-len(SAFE) :] == SAFE:
            own, safe = headers[: -len(SAFE)], _SAFE_LINES
        lines, length = _head((*self.default_headers, *own))
        if length != len(body):
            return None
        return b"".join((STATUS_LINE[start["status"]], *lines, safe, b"\r\n", body))

    def _complete(self, whole: bytes) -> None:
        """As the server leaves a cycle whose answer is sent."""
        self.waiting_for_100_continue = self.chunked_encoding = False
        self.response_complete = True
        transport: Any = self.transport
        transport.send(whole)
        self.message_event.set()
        self.on_response()


def _head(headers: Iterable[tuple[bytes, bytes]]) -> tuple[list[bytes], int]:
    """The lines of a head and the length it announces; -1 when the server must look at it itself."""
    lines: list[bytes] = []
    length = -1
    for sent, value in headers:
        name = sent if sent in _NAMES else sent.lower()
        if name not in _NAMES:
            if (known := _LINES.get((name, value))) is not None:
                lines.append(known)
                continue
            if name in UNUSUAL or HEADER_RE.search(name):
                return lines, -1
        if HEADER_VALUE_RE.search(value):
            return lines, -1
        if name == b"content-length":
            length = int(value)
        lines.append(b"%b: %b\r\n" % (name, value))
    return lines, length
