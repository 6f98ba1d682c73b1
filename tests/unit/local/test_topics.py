"""A broker that was starved is fenced for some seconds: topics are asked for again, and not for ever."""

from collections.abc import Sequence
from typing import Any

from deploy.local.topics import answered

FENCED, CREATED, BROKEN = 38, 0, 40
Answers = Sequence[tuple[Any, ...]]


class Broker:
    """Answers as it was told to, then the last answer again."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.asked = list(codes), 0

    async def ask(self) -> Answers:
        self.asked += 1
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        return [("case.intake", code, None)]


async def test_topics_are_asked_for_again_until_the_broker_is_back() -> None:
    broker = Broker(FENCED, FENCED, CREATED)
    assert await answered(broker.ask, (0, 0, 0)) == [("case.intake", CREATED, None)]
    assert broker.asked == 3


async def test_a_broker_that_stays_away_is_told_so_at_the_end() -> None:
    broker = Broker(FENCED)
    assert await answered(broker.ask, (0, 0)) == [("case.intake", FENCED, None)]
    assert broker.asked == 3


async def test_any_other_refusal_is_final_at_once() -> None:
    broker = Broker(BROKEN)
    assert await answered(broker.ask, (0, 0)) == [("case.intake", BROKEN, None)]
    assert broker.asked == 1
