"""Kafka with its topics and PostgreSQL with its databases: started side by side, reused when they run."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from deploy.local import kafka, kafka_probe, ports, postgres, postgres_probe, process, servers, topics
from deploy.local.kafka import Broker
from deploy.local.postgres import Server
from deploy.local.process import Child
from deploy.local.reuse import reusable
from deploy.local.services import STAGES
from deploy.local.site import Site
from deploy.local.state import Running


@dataclass(frozen=True)
class Addresses:
    """Where the two servers answer: the broker, and each service's own database."""

    bootstrap: str
    dsn: Mapping[str, str]


def up(site: Site) -> Addresses:
    """Bring both servers up, ready and complete. Raises `Problem`; the other server then stays as it is."""
    with ThreadPoolExecutor(2) as pool:
        broker = pool.submit(_kafka_up, site)
        databases = pool.submit(_postgres_up, site)
        return Addresses(broker.result(), databases.result())


def down(site: Site) -> None:
    """Stop both servers side by side, each in the way that loses nothing."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(_stop, site), ("kafka", "postgres")))


def _kafka_up(site: Site) -> str:
    address = reusable(site, "kafka", lambda port: kafka_probe.is_ready(f"{ports.LOOPBACK}:{port}"))
    if address is None:
        broker = _broker(site)
        site.say(f"Starting Kafka on {broker.bootstrap}")
        child = kafka.start(broker)
        _note(site, "kafka", child, broker.port)
        kafka.wait_ready(broker, child)
        address = broker.port
    bootstrap = f"{ports.LOOPBACK}:{address}"
    topics.ensure(bootstrap, topics.read())
    return bootstrap


def _broker(site: Site) -> Broker:
    chosen = (site.port("kafka"), site.port("kafka-controller"))
    site.state.remember_port("kafka-controller", chosen[1])
    folder = servers.Folder(site.paths.kafka, site.paths.logs, site.mark)
    return servers.broker(folder, chosen, site.paths.cache, site.say)


def _postgres_up(site: Site) -> dict[str, str]:
    port = reusable(site, "postgres", postgres_probe.is_ready)
    folder = servers.Folder(servers.postgres_home(site.paths), site.paths.logs, site.mark)
    server = servers.database_server(folder, port or site.port("postgres"))
    if port is None:
        site.say(f"Starting PostgreSQL {server.binaries.major} on {ports.LOOPBACK}:{server.port}")
        child = postgres.start(server)
        _note(site, "postgres", child, server.port)
        postgres.wait_ready(server, child)
    postgres.ensure_databases(server, list(STAGES))
    return dsns(server)


def dsns(server: Server) -> dict[str, str]:
    """Return each service's own database address."""
    return {stage: postgres.dsn(server, stage, stage) for stage in STAGES}


def _note(site: Site, name: str, child: Child, port: int) -> None:
    site.state.started(Running(name, child.pid, child.birth, port))


def _stop(site: Site, name: str) -> None:
    running = site.state.living(name)
    if running is not None:
        site.say(f"Stopping {name}")
        if name == "postgres":
            process.stop(running.child, postgres.STOP_SECONDS, postgres.STOP_SIGNAL)
        else:
            process.stop(running.child, kafka.STOP_SECONDS)
    site.state.ended(name)
