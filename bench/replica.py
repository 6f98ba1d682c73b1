"""One replica of the timers of dispatch, as a process that can be killed: `DSN CLOCK`."""

import asyncio
import signal
import sys

from bench.opened import ORIGIN
from libs.events import logs
from libs.events.clock import drill_clock
from libs.events.postgres import PostgresStore
from libs.events.timers import Timers
from libs.reference import Library
from services.dispatch.decider import dispatch


async def tick(dsn: str, clock: str) -> None:
    """Until SIGTERM."""
    drill = drill_clock(clock)
    store = PostgresStore(dsn, ORIGIN, clock=drill)
    timers = Timers(store, dispatch, Library(), drill)
    store.on_due = timers.due_at
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, timers.stop)
    try:
        await timers.run()
    finally:
        await store.close()


if __name__ == "__main__":
    logs.configure("timers", "WARNING")
    asyncio.run(tick(*sys.argv[1:]))
