"""Loopback ports: a free one, or the one asked for."""

import socket

import psutil

from deploy.local.problem import Problem

LOOPBACK = "127.0.0.1"


def free() -> int:
    """Return a port nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As every server does: an address in TIME_WAIT is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Say whether something accepts connections on the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def choose(name: str, asked: int | None, last: int | None) -> int:
    """Return the port asked for, else the one used last time, else any free one.

    Keeping the last one keeps bookmarks valid; a taken one that nobody asked for is simply replaced.
    """
    if asked is not None:
        if not is_free(asked):
            raise Problem(
                f"Port {asked} for {name} is in use{_by_whom(asked)}.",
                f"Stop that program, or choose another: bihuan up --port {name}={asked + 1}",
            )
        return asked
    return last if last and is_free(last) else free()


def _by_whom(port: int) -> str:
    try:
        owners = [c.pid for c in psutil.net_connections("tcp4") if c.laddr and c.laddr.port == port and c.pid]
        return f" by {psutil.Process(owners[0]).name()} (pid {owners[0]})" if owners else ""
    except psutil.Error:
        return ""
