"""F10: versions out of order, a gap that closes at once, a gap that stays until the missing version comes."""

import time
from dataclasses import replace
from uuid import uuid5

from libs.events.clock import new_id
from libs.events.envelope import event_id_text
from tests import scenarios
from tests.chaos.evidence import Evidence, Stored
from tests.chaos.experiment import Lane, Result, Run, in_town
from tests.chaos.experiments.raw import publish
from tests.chaos.gathering import consumers
from tests.chaos.sample import RUN, stored
from tests.chaos.town import real_dsns

LISTENERS = ("intake", "mediation", "metrics")
OUT_OF_ORDER = (1, 3, 2, 5, 4)
WITH_A_GAP = (1, 3, 4, 5)


async def run(lane: Lane) -> Result:
    return await in_town("F10", lane, disorder)


async def disorder(run: Run) -> None:
    mixed, gapped = foreign_case(), foreign_case()

    async def fault() -> None:
        await publish(run.town.broker.bootstrap, [record(mixed, version) for version in OUT_OF_ORDER])
        await publish(run.town.broker.bootstrap, [record(gapped, version) for version in WITH_A_GAP])

    await run.under_load(fault)
    await run.quiet()
    await in_place(run, mixed, gapped)
    began = time.monotonic()
    await publish(run.town.broker.bootstrap, [record(gapped, 2)])
    await run.settle(lambda seen: known(seen, (*mixed, *gapped)))
    run.result.figures["seconds from the missing version until all is applied"] = round(
        time.monotonic() - began, 1
    )


def foreign_case() -> tuple[Stored, ...]:
    """A closed case of a matter that no client asked for; each fact is its own cause."""
    matter = str(uuid5(RUN, str(new_id())))
    ids = [event_id_text(f"case-{matter}", number) for number in range(1, 6)]
    facts = zip(enumerate(scenarios.closed_case, 1), ids, strict=True)
    return tuple(stored("dispatch", number, fact, cause, matter) for (number, fact), cause in facts)


def record(case: tuple[Stored, ...], version: int) -> tuple[str, bytes, bytes]:
    event = case[version - 1]
    return "case.dispatch", event.matter.encode(), event.record


async def in_place(run: Run, mixed: tuple[Stored, ...], gapped: tuple[Stored, ...]) -> None:
    """What came out of order is applied; what waits for version 2 waits, and nothing else does."""
    found = await consumers(real_dsns(run.town))
    for name in LISTENERS:
        seen, waiting = found[name], set(found[name].pending)
        run.result.expect(
            seen.applied.get(mixed[0].stream) == 5, f"{name}: out of order was not put in order"
        )
        run.result.expect(seen.applied.get(gapped[0].stream) == 1, f"{name}: a gap was stepped over")
        run.result.expect(waiting == {gapped[0].stream}, f"{name}: set aside are {waiting}")
        run.result.figures[f"{name}: records that wait behind the gap"] = len(seen.pending)


def known(seen: Evidence, events: tuple[Stored, ...]) -> Evidence:
    """The ledger learns of the two foreign cases; first appearances on the topic were disorder on purpose."""
    own = {event.record for event in events}
    ordered = {event.record: number for number, event in enumerate(events)}
    places = sorted((it for it in seen.topics if it.record in own), key=lambda it: it.offset)
    arranged = sorted(places, key=lambda it: ordered[it.record])
    moved = [replace(to, offset=at.offset) for at, to in zip(places, arranged, strict=True)]
    others = tuple(it for it in seen.topics if it.record not in own)
    return replace(seen, events=(*seen.events, *events), topics=(*others, *moved))
