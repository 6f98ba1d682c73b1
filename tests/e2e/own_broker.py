"""A broker of a test's own, to be killed and started again: a container or a process, as the run has it."""

from pathlib import Path
from typing import Protocol

from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka, kafka_probe, paths, ports, process, servers
from deploy.local.wait import until
from tests import containers, stack

SECONDS = 60.0


class OwnBroker(Protocol):
    """Started when made; what it acknowledged survives `kill` and `start`."""

    bootstrap: str

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def remove(self) -> None: ...


def own_broker(folder: Path) -> OwnBroker:
    """In the lane of the run."""
    return _Container() if stack._use_containers() else _Process(folder)


class _Process:
    def __init__(self, folder: Path) -> None:
        where = servers.Folder(folder / "kafka", folder / "logs")
        self._broker = servers.broker(where, (ports.free(), ports.free()), paths.resolve().cache, print)
        self.bootstrap = self._broker.bootstrap
        self.start()

    def start(self) -> None:
        self._child = kafka.start(self._broker)
        kafka.wait_ready(self._broker, self._child)

    def kill(self) -> None:
        process.kill(self._child)

    remove = kill


class _Container:
    def __init__(self) -> None:
        started = containers.start_kafka()
        self.bootstrap, self._id = started["address"], started["container"]

    def kill(self) -> None:
        client = DockerClient().client
        client.containers.get(self._id).kill()
        client.close()

    def start(self) -> None:
        client = DockerClient().client
        client.containers.get(self._id).start()
        client.close()
        assert until(lambda: kafka_probe.is_ready(self.bootstrap), SECONDS)

    def remove(self) -> None:
        containers.remove(self._id)
