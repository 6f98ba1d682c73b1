"""Kafka and PostgreSQL in containers, where an engine answers.

Images: `TEST_KAFKA_IMAGE` and `TEST_POSTGRES_IMAGE`, by default the official ones.
"""

import os
from typing import Any

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka_probe, ports, postgres_probe
from deploy.local.wait import until

START_SECONDS = 120.0

# The single-node settings of deploy/local/kafka.py under the names of the official image.
_KAFKA = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
}


class KafkaNode(DockerContainer):
    """Apache's own image as one KRaft node; its port is chosen beforehand and stays after a restart."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self.host_port = ports.free()
        # Bound by hand: `with_bind_ports` would listen on every interface.
        binding: Any = (ports.LOOPBACK, self.host_port)
        self.ports["9092/tcp"] = binding
        self.with_envs(**_KAFKA, KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{self.bootstrap}")

    @property
    def bootstrap(self) -> str:
        """The address clients use."""
        return f"{ports.LOOPBACK}:{self.host_port}"


def start_kafka() -> dict[str, Any]:
    """Start a broker; return its address and container id once it answers a metadata request."""
    node = KafkaNode(os.environ.get("TEST_KAFKA_IMAGE", "apache/kafka:4.3.1"))
    node.start()
    if not until(lambda: kafka_probe.is_ready(node.bootstrap), START_SECONDS):
        raise TimeoutError(f"Kafka's container gave no answer within {START_SECONDS:.0f} s")
    return {"address": node.bootstrap, "container": node.get_wrapped_container().id}


def start_postgres() -> dict[str, Any]:
    """Start a server; return its superuser's address and its container id once it takes connections."""
    image = os.environ.get("TEST_POSTGRES_IMAGE", "postgres:17")
    server = PostgresContainer(image, username="bihuan", password="bihuan", dbname="postgres", driver=None)
    binding: Any = (ports.LOOPBACK,)
    server.ports["5432/tcp"] = binding
    server.start()
    port = int(server.get_exposed_port(5432))
    if not until(lambda: postgres_probe.is_ready(port), START_SECONDS):
        raise TimeoutError(f"PostgreSQL's container gave no answer within {START_SECONDS:.0f} s")
    address = f"postgresql://bihuan:bihuan@{ports.LOOPBACK}:{port}/postgres"
    return {"address": address, "container": server.get_wrapped_container().id}


def remove(container: str) -> None:
    """Remove a container with its volumes; one that is already gone is no error."""
    client = DockerClient().client
    for found in client.containers.list(all=True, filters={"id": container}):
        found.remove(force=True, v=True)
    client.close()
