"""Does a Kafka broker answer? One metadata request, spoken by hand.

A broker's port opens before the broker serves; only a metadata answer that lists a live broker means ready.
Thirty lines of protocol keep `bihuan status` from loading a whole client.
"""

import socket
import struct

_METADATA, _VERSION, _CORRELATION = 3, 1, 7
_CLIENT = b"bihuan-probe"


def is_ready(bootstrap: str, timeout: float = 1.0) -> bool:
    """Say whether the broker at `host:port` answers within `timeout` seconds that a broker is alive."""
    host, _, port = bootstrap.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as connection:
            connection.sendall(_request())
            (size,) = struct.unpack(">i", _read(connection, 4))
            return _live_brokers(_read(connection, min(size, 8))) > 0
    except (OSError, struct.error):
        return False


def _request() -> bytes:
    """Metadata v1 with an empty list of topics: brokers only."""
    head = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(_CLIENT)) + _CLIENT
    body = head + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def _live_brokers(answer: bytes) -> int:
    correlation, brokers = struct.unpack(">ii", answer)
    return int(brokers) if correlation == _CORRELATION else 0


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise OSError("closed by the broker")
        data += chunk
    return data
