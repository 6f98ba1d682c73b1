"""Does PostgreSQL take connections? Its first answer to a start-up message tells, without any password."""

import socket
import struct

from deploy.local.ports import LOOPBACK

_PROTOCOL_3 = 196608


def is_ready(port: int, timeout: float = 1.0) -> bool:
    """Say whether the server asks who we are ("R"); while it starts or stops it answers an error ("E")."""
    settings = b"user\0bihuan\0database\0postgres\0\0"
    message = struct.pack(">ii", 8 + len(settings), _PROTOCOL_3) + settings
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout) as connection:
            connection.sendall(message)
            # Read the whole answer: closing on unread bytes would be a reset, which the server logs.
            return connection.recv(1024)[:1] == b"R"
    except OSError:
        return False
