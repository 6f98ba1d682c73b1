"""Places are given out in order and never lost; a bound on time is asyncio's own."""

import asyncio

import pytest

from libs.events.postgres.places import Bounded, Places

SOON, LATE = 0.01, 60.0


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


async def test_work_that_hangs_is_late_and_the_task_goes_on() -> None:
    with pytest.raises(TimeoutError), Bounded(SOON):
        await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_bound_that_was_kept_calls_nothing_off_later() -> None:
    passed = asyncio.Event()
    with Bounded(SOON):
        await turns(1)
    asyncio.get_running_loop().call_later(SOON * 2, passed.set)
    await passed.wait()


async def test_a_failure_within_the_time_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Bounded(LATE):
        raise KeyError("its own")


async def test_an_inner_bound_leaves_the_outer_alone() -> None:
    with Bounded(LATE):
        with pytest.raises(TimeoutError), Bounded(SOON):
            await asyncio.Event().wait()
        await turns(1)


@pytest.mark.parametrize("late", [False, True])
async def test_who_is_called_off_by_somebody_else_is_called_off(*, late: bool) -> None:
    begun = asyncio.Event()

    async def works() -> None:
        with Bounded(SOON if late else LATE):
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if late and (task := asyncio.current_task()):
                    task.cancel()
                raise

    working = asyncio.create_task(works())
    await begun.wait()
    if not late:
        working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
