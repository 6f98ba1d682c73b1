"""The local stack lives through its launcher, and through the death of its parts."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from deploy.local import addresses, mark, topics
from deploy.local.addresses import Known
from deploy.local.process import kill
from deploy.local.services import STAGES
from deploy.local.wait import until
from tests.local.conftest import Shell

PATIENCE = 90.0


def processes_of(shell: Shell) -> int:
    return len(mark.carriers(shell.paths.installation()))


def started(shell: Shell) -> Known:
    """Return the addresses of the shell's stack, up and ready."""
    done = shell.run("up", "--no-services")
    assert done.returncode == 0, done.stderr
    return addresses.of_running(shell.paths)


async def send(bootstrap: str, value: bytes) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        sent = await producer.send_and_wait("case.intake", value=value, partition=0)
    return int(sent.offset)


async def read(bootstrap: str, offset: int) -> bytes | None:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([TopicPartition("case.intake", 0)])
        consumer.seek(TopicPartition("case.intake", 0), offset)
        record = await consumer.getone()
    value: bytes | None = record.value
    return value


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def test_up_makes_topics_and_a_database_per_service(shell: Shell) -> None:
    known = started(shell)
    assert shell.status()["ready"] is True
    assert topics.ensure(known.bootstrap, topics.read()) == topics.Changes()
    for stage in STAGES:
        assert asyncio.run(ask(known.dsn[stage], "SELECT current_database()")) == stage
    stranger = known.dsn["intake"].removesuffix("intake") + "dispatch"
    try:
        asyncio.run(ask(stranger, "SELECT 1"))
    except asyncpg.InsufficientPrivilegeError:
        return
    raise AssertionError("one service could enter the database of another")


def test_a_second_up_leaves_everything_as_it_is(shell: Shell) -> None:
    started(shell)
    before = shell.state.running
    started(shell)
    assert shell.state.running == before


def test_a_broker_killed_with_minus_nine_comes_back_with_its_records(shell: Shell) -> None:
    known = started(shell)
    offset = asyncio.run(send(known.bootstrap, b"kept"))
    kill(shell.state.running["kafka"].child)
    assert shell.conditions() == {"kafka": "dead", "postgres": "ready"}
    assert asyncio.run(read(started(shell).bootstrap, offset)) == b"kept"


def test_a_drifted_topic_is_corrected(shell: Shell) -> None:
    known = started(shell)
    wanted = topics.read()
    drifted = topics.Topic("case.intake", 12, {**wanted[0].config, "retention.ms": "3600000"})
    topics.ensure(known.bootstrap, (drifted,))
    started(shell)
    assert topics.ensure(known.bootstrap, wanted) == topics.Changes()


def test_a_server_nobody_wrote_down_is_ended_before_a_new_one_starts(shell: Shell) -> None:
    known = started(shell)
    shell.paths.state.unlink()
    again = started(shell)
    assert processes_of(shell) == 2
    assert again.bootstrap != known.bootstrap or shell.status()["ready"]


def test_a_launcher_killed_while_starting_leaves_nothing_the_next_one_cannot_use(shell: Shell) -> None:
    shell.run("down")
    with shell.begin("up", "--no-services") as launcher:
        assert until(lambda: processes_of(shell) > 0, PATIENCE)
        launcher.kill()
    started(shell)
    assert shell.status()["ready"] is True
    assert processes_of(shell) == 2


def test_a_stale_pid_file_of_the_database_is_seen_through(shell: Shell) -> None:
    started(shell)
    kill(shell.state.running["postgres"].child)
    pid_file = next(Path(shell.home).glob("**/postmaster.pid"))
    lines = pid_file.read_text().splitlines()
    # The number now belongs to an unrelated living process: us.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    started(shell)
    assert shell.conditions()["postgres"] == "ready"


def test_down_ends_every_process_and_no_other(shell: Shell) -> None:
    started(shell)
    assert shell.run("down").returncode == 0
    assert processes_of(shell) == 0
    assert shell.run("status").returncode == 1
    # The number of a broker of ours was given to an unrelated process: us.
    text = '{"running": {"kafka": {"name": "kafka", "pid": %d, "birth": "before", "port": 1}}, "ports": {}}'
    shell.paths.state.write_text(text % os.getpid())
    assert "Nothing was running" in shell.run("down").stderr


def test_in_the_foreground_the_dead_are_restarted_and_ctrl_c_stops_everything(shell: Shell) -> None:
    shell.run("down")
    with shell.begin("up", "--no-services", "--foreground") as launcher:
        assert launcher.stderr is not None
        assert any("Ctrl-C" in line for line in launcher.stderr)
        first = shell.state.running["kafka"]
        kill(first.child)
        assert until(lambda: (now := shell.state.living("kafka")) is not None and now != first, PATIENCE)
        launcher.send_signal(signal.SIGINT)
        launcher.stderr.read()
        assert launcher.wait(PATIENCE) == 0
    assert processes_of(shell) == 0
