"""A request ends in time; whoever else calls it off is obeyed and not answered."""

import asyncio

import pytest
from starlette.responses import Response

from libs.events.edge import in_time
from libs.events.problems import Problem

SOON, LATE = 0.01, 60.0


async def never(seen: list[str]) -> Response:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        seen.append("called off")
        raise
    raise AssertionError


async def at_once() -> Response:
    return Response(b"done")


async def fails() -> Response:
    raise KeyError("its own")


async def test_work_that_is_done_is_answered() -> None:
    assert (await in_time(at_once(), LATE)).body == b"done"


async def test_work_that_hangs_is_called_off_and_refused() -> None:
    seen: list[str] = []
    with pytest.raises(Problem) as refused:
        await in_time(never(seen), SOON)
    task = asyncio.current_task()
    assert (refused.value.code, seen, task and task.cancelling()) == ("deadline_exceeded", ["called off"], 0)


async def test_a_failure_of_the_work_stays_its_own() -> None:
    with pytest.raises(KeyError):
        await in_time(fails(), LATE)


async def test_a_time_that_was_kept_calls_nothing_off_later() -> None:
    loop, passed = asyncio.get_running_loop(), asyncio.Event()
    await in_time(at_once(), SOON)
    loop.call_later(SOON * 2, passed.set)
    await passed.wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_somebody_else_may_call_the_work_off() -> None:
    seen: list[str] = []
    running = asyncio.create_task(in_time(never(seen), LATE))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert seen == ["called off"]


async def test_who_is_called_off_twice_is_not_answered() -> None:
    """The deadline and a server that ends, in one turn of the loop: the end wins, as in `asyncio.timeout`."""

    async def ends(task: "asyncio.Task[Response]") -> Response:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            task.cancel()
            raise
        raise AssertionError

    async def both() -> Response:
        task = asyncio.current_task()
        assert task is not None
        return await in_time(ends(task), SOON)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(both())
