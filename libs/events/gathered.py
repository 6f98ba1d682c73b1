"""What one answer writes leaves in one piece; the server writes head and body, and each is a system call."""

from asyncio import AbstractEventLoop
from typing import Any

MOST = 64 * 1024
"""Bytes that wait at most; a long answer is sent while it is made, so that it cannot fill the memory."""


class Gathered:
    """A transport that keeps what is written until `flush`, and at most for this turn of the loop."""

    __slots__ = ("_loop", "_size", "_transport", "_waiting")

    def __init__(self, transport: Any, loop: AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take the data; it is sent with the next `flush`, or when the loop turns."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MOST:
            self.flush()

    def send(self, data: bytes) -> None:
        """Send the data at once, after what waits."""
        if self._waiting:
            self.write(data)
            self.flush()
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            waiting, self._waiting, self._size = self._waiting, [], 0
            self._transport.write(b"".join(waiting))

    def write_eof(self) -> None:
        """Send what waits, and that nothing follows."""
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what waits, then hang up."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Hang up at once; what waits is lost."""
        self._waiting.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether the connection is being closed, by us or by the client."""
        closing: bool = self._transport.is_closing()
        return closing

    def __getattr__(self, name: str) -> Any:
        """Everything that writes nothing is the transport's own."""
        return getattr(self._transport, name)
