"""A service as a process: uvicorn around its application, everything else started and ended with it."""

import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from libs.events import logs
from libs.events.front import Front
from libs.events.lifecycle import Machinery
from libs.events.limits import ReceiptProtocol
from libs.events.settings import Settings
from libs.events.telemetry import export_to, tracing

Make = Callable[[], Machinery]
YOUNG = 20_000
"""Objects that may have come to stay before the collector looks at them.

Requests leave no cycles behind (tests/api/edge/test_garbage.py), so there is next to nothing to find; at
the usual 700 every few requests in flight set off a look.
"""


class Process(uvicorn.Server):
    """A server that ends with 0 when it drained and with 1 when it had to give up."""

    failed = False

    def give_up(self) -> None:
        """End, and say that it was no ordinary end."""
        self.failed = self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn raises the signal again after draining; then the exit code would not be 0."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second signal does not wait for requests any more."""
        self.force_exit = self.should_exit
        super().handle_exit(sig, frame)


def run(app: FastAPI, make: Make, settings: Settings, name: str) -> None:
    """Serve until SIGTERM or SIGINT, then end the process: 0 when drained, 1 when it cannot work."""
    logs.configure(name, settings.log_level)
    if settings.otlp_endpoint:
        export_to(settings.otlp_endpoint, name)
    process = Process(config(app, settings))
    app.router.lifespan_context = _lifespan(make, process)
    settle()
    process.run()
    tracing.shutdown()
    sys.exit(1 if process.failed else 0)


def settle() -> None:
    """Start-up is over: what it made stays, and no collection needs to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How every service is served, and how the benchmarks serve theirs."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=ReceiptProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nothing here asks for the client's address
        server_header=False,
        timeout_keep_alive=int(ReceiptProtocol.deadlines.idle),
        timeout_graceful_shutdown=int(settings.import_deadline),
    )


def _lifespan(make: Make, process: Process) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        front: Front = app.state.front
        machinery = make()
        machinery.background.fatal = process.give_up
        machinery.observe(front.health)
        await machinery.start()
        try:
            yield
        finally:
            await machinery.stop()

    return lifespan
