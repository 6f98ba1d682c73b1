"""Logs as JSON lines. An exception is logged by its type and frames: its message could quote the input."""

import logging
import sys
import traceback
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

QUIET = dict.fromkeys(("aiokafka", "alembic", "asyncio", "httpx", "uvicorn"), "WARNING")


class Lossy:
    """A stream that drops what it cannot write: a full disk under the log stops no service (R14)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure(service: str, level: str) -> None:
    """Send structlog and the standard library's loggers the same way, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _named(service),
        without_messages,
    ]
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Lossy(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    _standard_library(shared, number)


def _standard_library(shared: list[Processor], level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    processors: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers, root.level = [handler], level
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _named(service: str) -> Processor:
    def name(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return name


def without_messages(_: Any, __: str, event: EventDict) -> EventDict:
    """`exc_info` becomes the type of the error and its frames."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if given is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["frames"] = "".join(traceback.format_tb(error.__traceback__))
    return event
