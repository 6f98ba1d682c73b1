"""Intake in process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.app import stage
from tests.api import city


@pytest.fixture
async def intake(tmp_path: Path) -> AsyncIterator[city.Counter]:
    async with city.counter(stage, tmp_path) as counter:
        yield counter
