"""A pytest plugin: `CHAOS_BREAK=<safeguard> pytest -p tests.mutations.arming` runs without that safeguard."""

import os

from libs.events.safeguards import VARIABLE, remove


def pytest_configure() -> None:
    """Without a name this plugin has no business here, so its absence is an error."""
    remove(os.environ[VARIABLE])
