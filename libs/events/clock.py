"""Time and ids enter the system here and nowhere else."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A time-ordered id (UUIDv7)."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def jittered(seconds: float) -> float:
    """Between half and the whole of a pause, so that replicas do not all come back at one moment."""
    return seconds * (0.5 + os.urandom(1)[0] / 510)
