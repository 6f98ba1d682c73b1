"""Topics as written in `deploy/topics.yaml`: create what is missing, correct what drifted, delete nothing.

Another number of partitions is refused: it would move matters between partitions and break their order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local.problem import Problem

FILE = Path(__file__).resolve().parents[1] / "topics.yaml"
_ALREADY_THERE = 36
"""Kafka's error code: somebody else created the topic in between."""
_TOO_FEW_BROKERS = 38
"""Kafka's error code: fewer brokers answer than copies are wanted; one that was starved is fenced a while."""
_SET_ON_TOPIC = 1
"""Kafka's source code of a setting: dynamic, on the topic itself (and not a default)."""

Result = TypeVar("Result")
_PAUSES = (0.01, 0.05, 0.2, 0.5, 1, 2, 4)


@dataclass(frozen=True)
class Topic:
    """One topic as it must be: its partitions and every setting that is not left to the broker."""

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Changes:
    """What was done to the broker's topics, by name."""

    created: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


def read(file: Path = FILE) -> tuple[Topic, ...]:
    """Return the topics of the file, each with the common defaults under its own settings."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    defaults = document.get("defaults", {}).get("config", {})
    return tuple(
        Topic(name, int(body["partitions"]), _texts({**defaults, **body.get("config", {})}))
        for name, body in document["topics"].items()
    )


def ensure(bootstrap: str, topics: tuple[Topic, ...], replication: int = 1) -> Changes:
    """Make the broker's topics equal the wanted ones; return what changed. Raises `Problem` on a refusal."""

    async def work(admin: AIOKafkaAdminClient) -> Changes:
        found = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics()}
        missing = [topic for topic in topics if topic.name not in found]
        old = [topic for topic in topics if topic.name in found]
        _refuse_other_partitions(old, found)
        await _create(admin, missing, replication)
        return Changes(_names(missing), _names(await _correct(admin, old)))

    return _run(bootstrap, work)


def delete(bootstrap: str, names: list[str]) -> None:
    """Delete topics with all they hold; for tests and for a purge."""

    async def work(admin: AIOKafkaAdminClient) -> None:
        await admin.delete_topics(names)

    _run(bootstrap, work)


def _refuse_other_partitions(topics: list[Topic], found: Mapping[str, int]) -> None:
    for topic in topics:
        if found[topic.name] != topic.partitions:
            raise Problem(
                f"{topic.name} has {found[topic.name]} partitions instead of {topic.partitions}.",
                "Put the number back: else matters change partition and lose their order.",
            )


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], replication: int) -> None:
    if not topics:
        return
    wanted = [NewTopic(t.name, t.partitions, replication, topic_configs=dict(t.config)) for t in topics]

    async def ask() -> Sequence[tuple[Any, ...]]:
        answers: Sequence[tuple[Any, ...]] = (await admin.create_topics(wanted)).topic_errors
        return answers

    for name, code, *rest in await answered(ask):
        if code not in (0, _ALREADY_THERE):
            raise _refused(name, str(rest[0] if rest else code))
    await _until_led(admin, [topic.name for topic in topics])


async def answered(
    ask: Callable[[], Awaitable[Sequence[tuple[Any, ...]]]], pauses: Sequence[float] = _PAUSES
) -> Sequence[tuple[Any, ...]]:
    """Kafka's answers, asked for again (at most 8 s) while a broker is fenced: it comes back by itself."""
    answers = await ask()
    for pause in pauses:
        if all(code != _TOO_FEW_BROKERS for _, code, *_ in answers):
            break
        await asyncio.sleep(pause)
        answers = await ask()
    return answers


async def _correct(admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[Topic]:
    """Set the whole configuration of each topic that differs; a setting nobody wrote down is taken away."""
    if not topics:
        return []
    drifted = await _drifted(admin, topics)
    if drifted:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, t.name, dict(t.config)) for t in drifted]
        for answer in await admin.alter_configs(wanted):
            for code, message, _, name in answer.resources:
                if code:
                    raise _refused(name, message)
        await _until_seen(admin, drifted)
    return drifted


async def _until_led(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    """A new partition has no leader at first; wait (at most 8 s), so that the first client need not."""
    for pause in _PAUSES:
        found = await admin.describe_topics(names)
        if all(t["partitions"] and all(p["leader"] >= 0 for p in t["partitions"]) for t in found):
            return
        await asyncio.sleep(pause)


async def _until_seen(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    """The controller answers before the broker has read the change; wait (at most 8 s) until it shows it."""
    for pause in _PAUSES:
        if not await _drifted(admin, topics):
            return
        await asyncio.sleep(pause)


async def _drifted(admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[Topic]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, t.name) for t in topics])
    actual = {name: _set_on_topic(entries) for answer in answers for *_, name, entries in answer.resources}
    return [topic for topic in topics if actual.get(topic.name) != dict(topic.config)]


def _set_on_topic(entries: list[tuple[Any, ...]]) -> dict[str, str]:
    """Return only what is set on the topic itself, not what it inherits."""
    return {entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_TOPIC}


def _run(bootstrap: str, work: Callable[[AIOKafkaAdminClient], Awaitable[Result]]) -> Result:
    async def session() -> Result:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=30_000)
        await admin.start()
        try:
            return await work(admin)
        finally:
            await admin.close()

    return asyncio.run(session())


def _refused(name: str, why: str) -> Problem:
    return Problem(f"Kafka refused topic {name}: {why}.", "Correct deploy/topics.yaml.")


def _texts(settings: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items()}


def _names(topics: list[Topic]) -> tuple[str, ...]:
    return tuple(topic.name for topic in topics)
