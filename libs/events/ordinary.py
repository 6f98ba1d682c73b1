"""An ordinary request takes the short way through the server's protocol; all else goes the server's way."""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from libs.events.whole import Cycle

_PLAIN_PATH = re.compile(rb"/(?:[A-Za-z0-9._~-][A-Za-z0-9/._~-]*)?").fullmatch
"""A target that is its own path: no query, no escapes, no host."""


class OrdinaryProtocol(HttpToolsProtocol):
    """The server's protocol, whose cycles answer in one piece.

    The server takes every target apart and asks about pipelines, upgrades and limits that hardly any
    request has. That is looked at here at once, and the rest of it is left out.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        unlimited = self.limit_concurrency is None and not self.config.reset_contextvars
        self._simple = unlimited and not self.root_path

    def on_headers_complete(self) -> None:
        if self._is_ordinary():
            self._begin()
            return
        super().on_headers_complete()
        # The server names the class of its cycles itself. This one has not run yet and adds no state.
        self.cycle.__class__ = Cycle

    def _is_ordinary(self) -> bool:
        parser = self.parser
        last: RequestResponseCycle | None = self.cycle  # none yet on a new connection
        return (
            self._simple
            and (last is None or last.response_complete)
            and _PLAIN_PATH(self.url) is not None
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
        )

    def _begin(self) -> None:
        """As the server begins a cycle."""
        scope: Any = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"], scope["raw_path"], scope["query_string"] = self.url.decode("ascii"), self.url, b""
        self.cycle = Cycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)
