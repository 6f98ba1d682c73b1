"""A small installation after quiet, made of real records: one case on its way, and everything clean."""

from dataclasses import replace
from uuid import UUID, uuid5

from libs.events.codec import encode
from libs.events.contracts import Event, intake
from libs.events.envelope import Actor, Cause, Envelope, event_id_text
from tests import scenarios
from tests.chaos.evidence import HEARS, PREFIX, TOPIC, Consumer, Evidence, Figure, Published, Row, Stored
from tests.chaos.journal import Answered, Attempt, Entry

MATTER = str(scenarios.MATTER)
REPORT, CASE = f"report-{MATTER}", f"case-{MATTER}"
RUN = UUID("6f6f2a52-2e5c-5d43-8f4e-0e3f9a1c7d11")


def stored(stage: str, version: int, fact: Event, causation: str, matter: str = MATTER) -> Stored:
    """A row of `events` as the stage would write it."""
    stream = f"{PREFIX[stage]}-{matter}"
    cause = Cause(Actor("somebody", "640202", "GRD"), scenarios.MONDAY, UUID(causation), RUN)
    record = encode(
        Envelope(f"/bihuan/local/{stage}", stream, version, fact, cause, recorded_at=scenarios.MONDAY)
    )
    data = fact.model_dump(mode="json", exclude_none=True)
    return Stored(stage, stream, version, fact.kind, event_id_text(stream, version), causation, record, data)


def command(number: int) -> str:
    """The cause of what a client's command left."""
    return str(uuid5(RUN, f"command {number}"))


def events() -> tuple[Stored, ...]:
    """Reported, filed, received, handled, closed, and the outcome told to intake."""
    outcome = intake.OutcomeRecorded(route="DISPATCH", outcome="O1", cycle=1, concluded_at=scenarios.FRIDAY)
    report = [stored("intake", n, fact, command(n)) for n, fact in enumerate(scenarios.filed_report, 1)]
    case = [stored("dispatch", 1, scenarios.received, report[-1].id)]
    told = enumerate(scenarios.closed_case[1:], 2)
    case += [stored("dispatch", n, fact, command(10 + n)) for n, fact in told]
    last = stored("intake", len(report) + 1, outcome, case[-1].id)
    return (*report, *case, last)


def by_client(event: Stored) -> bool:
    """Whether a client asked for it; the other two are reactions."""
    return event.kind not in {"dispatch.case_received", "intake.outcome_recorded"}


def entries(of: tuple[Stored, ...]) -> tuple[Entry, ...]:
    """Every command was tried twice: the first answer was lost."""
    written: list[Entry] = []
    for event in filter(by_client, of):
        key = f"key-{event.position}"
        for number, status in enumerate((0, 200), 1):
            written.append(Attempt(key, number, event.stage, "/", 0.0))
            position = event.position if status else ""
            written.append(Answered(key, number, event.stage, status, 0.1, 0.1, position=position))
    return tuple(written)


def clean() -> Evidence:
    """A ledger without a finding."""
    facts = events()
    topics = tuple(
        Published(TOPIC[event.stage], 0, event.version - 1, MATTER.encode(), event.record) for event in facts
    )
    ends = {(TOPIC["intake"], 0): 4, (TOPIC["dispatch"], 0): 5}
    newest = {REPORT: 4, CASE: 5}
    return Evidence(
        entries=entries(facts),
        events=facts,
        topics=topics,
        ends=ends,
        answers={f"key-{event.position}": event.position for event in facts if by_client(event)},
        consumers={name: _consumer(name, ends, newest) for name in HEARS},
        rows=(Row(MATTER, {"report": 4, "case": 5, "dispute": 0}, case_counted=True, dispute_counted=False),),
        figures=(Figure("CLOSE_RATE", 1, (1,)), Figure("RESOLVE_RATE", 0, ())),
        live_digest="same",
        rebuilt_digest="same",
    )


def _consumer(name: str, ends: dict[tuple[str, int], int], newest: dict[str, int]) -> Consumer:
    topics = {TOPIC[stage] for stage in HEARS[name]}
    prefixes = {PREFIX[stage] for stage in HEARS[name]}
    return Consumer(
        offsets={place: end for place, end in ends.items() if place[0] in topics},
        applied={stream: v for stream, v in newest.items() if stream.partition("-")[0] in prefixes},
    )


def with_consumer(seen: Evidence, name: str, **changes: object) -> Evidence:
    """The evidence with one consumer changed."""
    changed = replace(seen.consumers[name], **changes)  # type: ignore[arg-type]  # fields of Consumer by name
    return replace(seen, consumers={**seen.consumers, name: changed})
