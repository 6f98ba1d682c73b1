"""One stack while a launcher changes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import ports
from deploy.local.jars import Say
from deploy.local.mark import VARIABLE
from deploy.local.paths import Paths
from deploy.local.state import State


@dataclass(frozen=True)
class Site:
    """The stack's folders and state, the ports asked for by name, and whom to tell what happens."""

    paths: Paths
    state: State
    asked: Mapping[str, int]
    say: Say

    @property
    def mark(self) -> dict[str, str]:
        """The environment entry by which every process of this stack is known."""
        return {VARIABLE: self.paths.installation()}

    def port(self, name: str) -> int:
        """Return the port `name` shall have. Raises `Problem` when one was asked for that is in use."""
        return ports.choose(name, self.asked.get(name), self.state.port(name))
