"""One Apache Kafka node in KRaft mode, run straight from its jars."""

import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import kafka_probe
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem, from_log, said_plainly
from deploy.local.process import Child, Program, alive, spawn
from deploy.local.wait import until

START_SECONDS = 120.0
STOP_SECONDS = 20.0

# ecosystem 5. The two of the session let a broker killed with -9 register again after 2 s instead of 9 s.
# The cleaner's buffer would be 128 MB, half of the heap, for five million keys; ours has room for 150,000.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{advertised},CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
"""


@dataclass(frozen=True)
class Broker:
    """What one broker is made of: Java, jars, its folder, its logs, its two loopback ports, its mark.

    `advertised` is the port that clients are sent to, where something stands before the broker; 0: its own.
    """

    java: Path
    jars: tuple[Path, ...]
    folder: Path
    logs: Path
    port: int
    controller_port: int
    mark: Mapping[str, str] = field(default_factory=dict)
    advertised: int = 0

    @property
    def bootstrap(self) -> str:
        """The address clients use."""
        return f"{LOOPBACK}:{self.port}"


def start(broker: Broker) -> Child:
    """Write the configuration, format a new data folder, and start the broker; it is not ready yet."""
    with said_plainly(broker.folder):
        broker.folder.mkdir(parents=True, exist_ok=True)
        _configuration(broker).write_text(_properties(broker, broker.folder / "data"))
        _format_if_new(broker)
    command = [*_java(broker, _jvm_options()), "kafka.Kafka", str(_configuration(broker))]
    return spawn(
        Program(command, {**_environment(), **broker.mark}, broker.logs / "kafka.out", broker.folder)
    )


def wait_ready(broker: Broker, child: Child) -> None:
    """Return when the broker answers a metadata request; raise `Problem` when it ended or is too slow."""
    until(lambda: kafka_probe.is_ready(broker.bootstrap) or not alive(child), START_SECONDS)
    if not alive(child):
        raise from_log("Kafka", _telling_logs(broker))
    if not kafka_probe.is_ready(broker.bootstrap):
        raise Problem(
            f"Kafka gave no answer within {START_SECONDS:.0f} s.", f"Its log: {broker.logs / 'kafka.log'}"
        )


def _properties(broker: Broker, data: Path) -> str:
    return _PROPERTIES.format(
        host=LOOPBACK,
        port=broker.port,
        advertised=broker.advertised or broker.port,
        controller_port=broker.controller_port,
        data=data,
    )


def _format_if_new(broker: Broker) -> None:
    """Give a new data folder its cluster id; an existing one is never formatted again.

    It is formatted aside and then put in its place: the formatter of a killed launcher may still be at work.
    """
    data = broker.folder / "data"
    if (data / "meta.properties").exists():
        return
    aside = Path(tempfile.mkdtemp(prefix="formatting-", dir=broker.folder))
    _format(broker, aside)
    shutil.rmtree(data, ignore_errors=True)
    aside.rename(data)


def _format(broker: Broker, data: Path) -> None:
    configuration = data.with_suffix(".properties")
    configuration.write_text(_properties(broker, data))
    command = [*_java(broker, ["-Xmx256m"]), "kafka.tools.StorageTool", "format", "--standalone"]
    command += ["--ignore-formatted", "-t", _cluster_id(), "-c", str(configuration)]
    done = subprocess.run(
        command,
        env=_environment(),
        cwd=broker.folder,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    configuration.unlink()
    if done.returncode != 0:
        log = broker.logs / "kafka-format.out"
        log.write_text(done.stdout + done.stderr)
        raise from_log("Kafka", [log])


def _cluster_id() -> str:
    """Return a new id: 22 characters for 16 bytes; one that begins with a dash would read as an option."""
    return "B" + secrets.token_urlsafe(16)[1:]


def _java(broker: Broker, options: list[str]) -> list[str]:
    settings = Path(__file__).with_name("log4j2.properties")
    logging = [f"-Dlog4j2.configurationFile={settings}", f"-Dbihuan.logs={broker.logs}"]
    classpath = os.pathsep.join(str(jar) for jar in broker.jars)
    return [str(broker.java), *options, *logging, "-cp", classpath]


def _jvm_options() -> list[str]:
    """Return the options of a small node that is started often; `BIHUAN_KAFKA_JVM` adds its own and wins.

    Compiling in one tier halves the processor time of a start (2.5 s instead of 5 s). A broker under load
    for long is faster with `BIHUAN_KAFKA_JVM=-XX:TieredStopAtLevel=4`.
    A node keeps 50 MB and soon throws away what else it makes, a tenth of a megabyte for each record that
    comes alone. A collection stops it for some 20 ms, however much there is to throw away, so it gets room
    for many records; the serial collector has no threads that ask for the same two cores. Classes take
    50 MB: at the default of 20 it would be collected twice while it starts.
    """
    ours = ["-Xms384m", "-Xmx512m", "-Xmn320m", "-XX:MetaspaceSize=64m"]
    ours += ["-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1"]
    theirs = shlex.split(os.environ.get("BIHUAN_KAFKA_JVM", ""))
    collector = [] if any("Use" in option and "GC" in option for option in theirs) else ["-XX:+UseSerialGC"]
    return [*ours, *collector, *theirs]


def _environment() -> dict[str, str]:
    """Pass nothing that would change the JVM behind our back."""
    return {
        k: v
        for k, v in os.environ.items()
        if k not in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")
    }


def _configuration(broker: Broker) -> Path:
    return broker.folder / "server.properties"


def _telling_logs(broker: Broker) -> list[Path]:
    """Before logging is up the JVM writes to its output; afterwards to its log."""
    return [broker.logs / "kafka.out", broker.logs / "kafka.log"]
