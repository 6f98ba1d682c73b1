"""Does a container engine answer? Asked by hand, so that a run without containers loads no client."""

import os
import socket
from functools import cache
from urllib.parse import urlsplit

_DEFAULT = "unix:///var/run/docker.sock"


@cache
def answers() -> bool:
    """Say whether the engine at `DOCKER_HOST` (or the usual socket) answers a ping within two seconds."""
    address = urlsplit(os.environ.get("DOCKER_HOST") or _DEFAULT)
    local = address.scheme == "unix"
    target = address.path if local else (address.hostname or "", address.port or 2375)
    try:
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as engine:
            engine.settimeout(2)
            engine.connect(target)
            engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            return b" 200 " in engine.recv(64)
    except OSError:
        return False
