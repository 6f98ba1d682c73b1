"""How long a client may take: uvicorn has no deadline for receiving a request (reliability 1.4, F12)."""

import json
from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from libs.events.gathered import Gathered
from libs.events.ordinary import OrdinaryProtocol
from libs.events.problems import Asked, Problem, document
from libs.events.telemetry import new_traceparent, trace_id

Wait = Literal["idle", "header", "look", "linger"]
"""What may take so long and no longer: names of `Deadlines`."""
PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds and bytes. `rate`: bytes a second that a body must keep up after each `look`."""

    idle: float = 5.0
    header: float = 10.0
    body: float = 30.0
    write: float = 30.0
    look: float = 5.0
    linger: float = 1.0
    rate: int = 512
    header_bytes: int = 32 * 1024


class ReceiptProtocol(OrdinaryProtocol):
    """HTTP/1.1 by httptools, closed on a client that is silent, slow or sends endless headers.

    A request that arrives in one piece sets no timer: which one holds is looked at after each piece.
    """

    deadlines: ClassVar[Deadlines] = Deadlines()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timer: TimerHandle | None = None
        self._wanted: Wait | None = None
        self._renewed = False
        self._parsing = False
        self._write_timer: TimerHandle | None = None
        self._head: int | None = None
        self._received = self._looked = 0
        self._refused = False
        self._body_until = 0.0

    def connection_made(self, transport: Any) -> None:
        self._out = Gathered(transport, self.loop)
        out: Any = self._out  # a transport in everything that the server asks of one
        super().connection_made(out)
        self._arm("idle")

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:  # closing at once would reset the connection before the client reads why
            return
        self._parsing = True
        try:
            super().data_received(data)
        finally:
            self._parsing = False
        if self._head is not None and not self.transport.is_closing():
            self._head += len(data)
            if self._head > self.deadlines.header_bytes:
                self._refuse(431, "headers_too_large")
        self._keep_time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._arm("header")

    def on_headers_complete(self) -> None:
        self._head = None
        self._received = self._looked = 0
        self._body_until = self.loop.time() + self.deadlines.body
        super().on_headers_complete()
        self._arm("look")

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._out.flush()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read its answer; it may not hold the request for ever."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.deadlines.write, self.transport.abort)

    def resume_writing(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        if self.flow is not None:
            super().resume_writing()

    def send_400_response(self, _msg: str) -> None:
        self._refuse(400, "malformed_request")

    def _over(self) -> None:
        """The time that ran is over."""
        self._timer = None
        match self._wanted:
            case "header":
                self._late()
            case "look":
                self._watch_body()
            case _:
                self._close()

    def _watch_body(self) -> None:
        slow = self._received - self._looked < self.deadlines.rate * self.deadlines.look
        self._looked = self._received
        if slow or self.loop.time() >= self._body_until:
            self._late()
        else:
            self._arm("look")

    def _late(self) -> None:
        if getattr(self.cycle, "response_started", False):
            self._close()
        else:
            self._refuse(408, "request_timeout")

    def _refuse(self, status: int, code: str) -> None:
        """A problem like any other, written past the application that never saw the request."""
        problem = document(Problem(code), Asked(trace_id=trace_id(new_traceparent())))
        body = json.dumps(problem, ensure_ascii=False).encode()
        head = b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\n" % (status, PHRASES[status])
        self.transport.write(head + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        self._refused = True
        self.transport.write_eof()
        self._arm("linger")

    def _close(self) -> None:
        self._disarm()
        self.transport.close()

    def _arm(self, wait: Wait) -> None:
        self._wanted, self._renewed = wait, True
        if not self._parsing:
            self._keep_time()

    def _disarm(self) -> None:
        self._wanted = None
        if not self._parsing:
            self._keep_time()

    def _keep_time(self) -> None:
        """Let the time run that was asked for last, if any; while a piece is looked at that may change."""
        if self._timer is not None and (self._renewed or self._wanted is None):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and self._wanted is not None:
            self._timer = self.loop.call_later(getattr(self.deadlines, self._wanted), self._over)
        self._renewed = False
