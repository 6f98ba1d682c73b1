"""A bound on time does what asyncio's own does."""

import asyncio

import pytest
from starlette.responses import Response

from libs.events.bounded import Bounded
from libs.events.edge import in_time
from libs.events.problems import Problem

SOON, LATE = 0.01, 60.0


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


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


async def test_a_request_that_hangs_is_told_so_and_the_task_goes_on() -> None:
    async def hangs() -> Response:
        await asyncio.Event().wait()
        return Response()

    with pytest.raises(Problem) as told:
        await in_time(hangs(), SOON)
    assert told.value.code == "deadline_exceeded"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_timeout_of_the_work_itself_is_not_taken_for_the_request_s() -> None:
    async def fails() -> Response:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await in_time(fails(), LATE)


async def test_work_that_fails_as_it_is_called_off_leaves_no_cancellation_behind() -> None:
    async def fails() -> Response:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise KeyError("its own") from None
        return Response()

    with pytest.raises(KeyError):
        await in_time(fails(), SOON)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
