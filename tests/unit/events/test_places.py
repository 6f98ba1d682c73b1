"""Places are given out in order and never lost."""

import asyncio

import pytest

from libs.events.postgres.places import Places


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_place_goes_to_whoever_came_first() -> None:
    places, order = Places(1), list[int]()
    assert places.take()
    assert not places.take()

    async def works(number: int) -> None:
        if not places.take():
            await places.wait()
        order.append(number)
        await asyncio.sleep(0)
        places.give_back()

    at_work = [asyncio.create_task(works(number)) for number in range(3)]
    await turns(1)
    places.give_back()
    assert not places.take()  # it was handed over: nobody overtakes
    await asyncio.gather(*at_work)
    assert order == [0, 1, 2]
    assert places.take()


@pytest.mark.parametrize("handed_over", [False, True])
async def test_who_gives_up_waiting_takes_no_place_along(*, handed_over: bool) -> None:
    places = Places(1)
    assert places.take()
    waiting = asyncio.create_task(places.wait())
    await turns(1)
    if handed_over:
        places.give_back()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    if not handed_over:
        places.give_back()
    assert places.take()
    assert not places.take()
