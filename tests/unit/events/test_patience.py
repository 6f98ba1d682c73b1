"""A read waits for an edition, bounded."""

import pytest

from libs.events.errors import EditionAwaited
from libs.events.patience import once_known
from libs.reference import EditionMissing


async def test_work_is_done_again_until_the_edition_is_there() -> None:
    tries: list[int] = []

    def work() -> int:
        tries.append(len(tries))
        if len(tries) < 4:
            raise EditionMissing("640202-2026.1")
        return len(tries)

    assert await once_known(work, 60) == 4


async def test_after_its_time_it_says_what_it_waited_for() -> None:
    def work() -> int:
        raise EditionMissing("640202-2026.2")

    with pytest.raises(EditionAwaited) as refused:
        await once_known(work, 0.02)
    assert refused.value.edition == "640202-2026.2"


async def test_another_error_is_not_waited_out() -> None:
    def work() -> int:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await once_known(work, 60)
