"""F11: what no service can read, on every topic; then a kind that nobody knows."""

import asyncio
import time
from dataclasses import replace
from uuid import uuid5

from aiokafka.errors import MessageSizeTooLargeError

from deploy.local import services
from deploy.local.wait import until
from libs.events.clock import new_id
from tests import scenarios
from tests.chaos.evidence import TOPIC, Consumer, Evidence
from tests.chaos.experiment import Lane, Result, Run, in_town
from tests.chaos.experiments.raw import Raw, publish
from tests.chaos.gathering import consumers, fetch
from tests.chaos.sample import MATTER, RUN, command, stored
from tests.chaos.town import real_dsns

GOOD = stored("dispatch", 1, scenarios.received, command(1)).record
CORPUS: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<xml/>",
    "cut off": GOOD[:-9],
    "a list": b"[1, 2]",
    "another type": GOOD.replace(b'"streamversion":1', b'"streamversion":"one"'),
    "version zero": GOOD.replace(b'"streamversion":1', b'"streamversion":0'),
    "no subject": GOOD.replace(b'"subject"', b'"object"'),
    "wrong data": GOOD.replace(b'"urgency":"2"', b'"urgency":"nine"'),
    "invalid UTF-8": GOOD.replace(b"640202001", b"\xff\xfe0202001"),
    "a lone surrogate": GOOD.replace(b"640202001", b"\\ud800"),
    "a NUL in a text": GOOD.replace(b"640202001", b"a\\u0000b"),
    "not a number": GOOD.replace(b'"streamversion":1', b'"streamversion":NaN'),
    "nested 20,000 deep": b"[" * 20_000,
    "600 KB": GOOD[:-1] + b',"filler":"' + b"x" * 600_000 + b'"}',
}
LARGE = b"x" * 5 * 1024 * 1024
LOUD_SECONDS = 20.0
FEW = 48
"""Matters, some 600 records: from a thousand on, so many broken ones are more than the dead-letter budget
allows (1 %), and the consumers stop, as they should (reliability 1.4, `libs/events/budget.py`).
"""


async def run(lane: Lane) -> Result:
    return await in_town("F11", lane, malformed)


async def malformed(run: Run) -> None:
    placed: set[tuple[tuple[str, int], int]] = set()

    async def fault() -> None:
        placed.update(await publish(run.town.broker.bootstrap, records()))

    load = run.lane.load
    await run.under_load(fault, replace(load, matters=min(load.matters, FEW)))
    await run.settle(lambda seen: without(seen, placed))
    await refused_by_the_broker(run)
    await parked(run)
    await an_unknown_kind(run)


def records() -> list[Raw]:
    """The corpus on every stage topic, each under a matter of its own."""
    return [(topic, _matter(), broken) for topic in TOPIC.values() for broken in CORPUS.values()]


def _matter() -> bytes:
    return str(uuid5(RUN, str(new_id()))).encode()


async def parked(run: Run) -> None:
    """Every listener has set each of them aside, with a reason, and nothing else."""
    for name, consumer in (await consumers(real_dsns(run.town))).items():
        heard = 3 if name == "metrics" else 2
        run.result.figures[f"{name}: set aside"] = len(consumer.pending)
        run.result.expect(
            len(consumer.pending) == heard * len(CORPUS),
            f"{name} set {len(consumer.pending)} aside of {heard * len(CORPUS)}",
        )
    rows = await fetch(real_dsns(run.town)["metrics"], "SELECT DISTINCT reason FROM parked ORDER BY 1")
    run.result.figures["reasons"] = ", ".join(row["reason"] for row in rows)


async def refused_by_the_broker(run: Run) -> None:
    try:
        await publish(run.town.broker.bootstrap, [("case.dispatch", _matter(), LARGE)])
        run.result.expect(fact=False, otherwise="the broker took a record of 5 MB")
    except MessageSizeTooLargeError:
        run.result.figures["5 MB"] = "refused by the broker"


async def an_unknown_kind(run: Run) -> None:
    """Metrics stops loudly, because its figures would be wrong; the stages set it aside and go on."""
    key = _matter()
    unknown = GOOD.replace(b"dispatch.case_received", b"dispatch.case_imagined").replace(MATTER.encode(), key)
    began, replicas = time.monotonic(), run.town.city.replicas
    run.result.expect(services.is_ready(replicas["metrics"].port), "metrics was not ready before")
    await publish(run.town.broker.bootstrap, [("case.dispatch", key, unknown)])
    loud = await asyncio.to_thread(
        until, lambda: not services.is_ready(replicas["metrics"].port), LOUD_SECONDS, 0.2
    )
    run.result.figures["seconds until metrics calls itself not ready"] = round(time.monotonic() - began, 1)
    run.result.expect(loud, "metrics went on over a kind that it does not know")
    for stage in ("intake", "mediation"):
        run.result.expect(services.is_ready(replicas[stage].port), f"{stage} stopped over an unknown kind")


def without(seen: Evidence, placed: set[tuple[tuple[str, int], int]]) -> Evidence:
    """The ledger looks at everything but what was put there, and what was set aside because of it."""
    topics = tuple(it for it in seen.topics if ((it.topic, it.partition), it.offset) not in placed)
    kept = {name: _calm(consumer) for name, consumer in seen.consumers.items()}
    return replace(seen, topics=topics, consumers=kept)


def _calm(consumer: Consumer) -> Consumer:
    return replace(consumer, pending=())
