"""The one ledger checker of every experiment (reliability 1.6): what clients were told against what is there.

Promises: nothing accepted is missing (R1), nothing has effect twice (R2), versions are contiguous and applied
in order (R3), live equals rebuilt and the denominators sum to the distinct cases (R4).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.chaos import journal
from tests.chaos.evidence import HEARS, PREFIX, TOPIC, Evidence, Published, Stored

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One damage: its kind, and where."""

    kind: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}"


def check(seen: Evidence) -> list[Finding]:
    """Every damage found; an empty list is a clean ledger."""
    return [Finding(kind, where) for kind, look in CHECKS.items() for where in look(seen)]


def told(findings: list[Finding]) -> list[str]:
    """Kinds with their number and the first places, for a report."""
    places: dict[str, list[str]] = defaultdict(list)
    for found in findings:
        places[found.kind].append(found.where)
    return [f"{kind} x{len(where)}: {', '.join(where[:SHOWN])}" for kind, where in places.items()]


def accepted_missing(seen: Evidence) -> Iterator[str]:
    """A 2xx names a position that no `events` table has."""
    there = {event.position for event in seen.events}
    for answer in journal.answers(seen.entries):
        if answer.accepted and answer.position not in there:
            yield f"{answer.key} was told {answer.position}"


def answered_differently(seen: Evidence) -> Iterator[str]:
    """One idempotency key was told two outcomes, or another one than the stage remembers."""
    first: dict[str, str] = dict(seen.answers)
    for answer in journal.answers(seen.entries):
        if answer.accepted and first.setdefault(answer.key, answer.position) != answer.position:
            yield f"{answer.key}: {first[answer.key]} and {answer.position}"


def answer_forgotten(seen: Evidence) -> Iterator[str]:
    """An accepted command whose answer was not stored with its events: a repetition would act again."""
    for answer in journal.answers(seen.entries):
        if answer.accepted and answer.key not in seen.answers:
            yield answer.key


def attempt_unwritten(seen: Evidence) -> Iterator[str]:
    """An answer without an attempt: the journal itself is damaged."""
    tried = {(it.key, it.number) for it in seen.entries if isinstance(it, journal.Attempt)}
    for answer in journal.answers(seen.entries):
        if (answer.key, answer.number) not in tried:
            yield f"{answer.key} #{answer.number}"


def broken_inside(seen: Evidence) -> Iterator[str]:
    """A 5xx other than 503: a service that does not know what it did."""
    for answer in journal.answers(seen.entries):
        if answer.status >= 500 and answer.status != 503:
            yield f"{answer.key} #{answer.number}: {answer.status}"


def versions_not_contiguous(seen: Evidence) -> Iterator[str]:
    """The versions of a stream are not 1, 2, 3 and so on."""
    for stream, events in _streams(seen).items():
        versions = sorted(event.version for event in events)
        if versions != list(range(1, len(versions) + 1)):
            yield f"{stream}: {versions}"


def effect_twice(seen: Evidence) -> Iterator[str]:
    """One cause left the same kind of fact in one stream more than once."""
    counted = Counter((event.stream, event.causation, event.kind) for event in seen.events)
    for (stream, causation, kind), times in counted.items():
        if times > 1:
            yield f"{stream}: {kind} {times} times from {causation}"


def unexplained(seen: Evidence) -> Iterator[str]:
    """Facts that neither a client's key nor another event caused."""
    answered = set(seen.answers.values())
    known = {event.id for event in seen.events}
    known |= {event.causation for event in seen.events if event.position in answered}
    for event in seen.events:
        if event.causation not in known:
            yield f"{event.position} {event.kind}"


def key_unknown(seen: Evidence) -> Iterator[str]:
    """A stage remembers a key that no client of the experiment sent."""
    sent = {entry.key for entry in seen.entries}
    yield from sorted(seen.answers.keys() - sent)


def reaction_missing(seen: Evidence) -> Iterator[str]:
    """A fact that another stage must answer with a fact of its own, and did not."""
    done = {(event.causation, event.kind) for event in seen.events}
    reported = {event.matter for event in seen.events if event.stage == "intake"}
    for event in seen.events:
        wanted = _reaction(event)
        if wanted.startswith("intake.") and event.matter not in reported:
            continue
        if wanted and (event.id, wanted) not in done:
            yield f"{event.position} {event.kind} without {wanted}"


def not_published(seen: Evidence) -> Iterator[str]:
    """An event whose bytes are not on its stage's topic."""
    there = {(record.topic, record.record) for record in seen.topics}
    for event in seen.events:
        if (TOPIC[event.stage], event.record) not in there:
            yield event.position


def stranger_on_topic(seen: Evidence) -> Iterator[str]:
    """A record on a stage topic that is no event of the stage, byte for byte."""
    known = {(TOPIC[event.stage], event.record) for event in seen.events}
    for record in seen.topics:
        if (record.topic, record.record) not in known:
            yield f"{record.topic}/{record.partition}@{record.offset}"


def topic_out_of_order(seen: Evidence) -> Iterator[str]:
    """The first appearances of a stream's versions on its topic do not rise by one."""
    of = {(TOPIC[event.stage], event.record): event for event in seen.events}
    reached: dict[str, int] = {}
    for record in sorted(seen.topics, key=_where):
        event = of.get((record.topic, record.record))
        if event is None or event.version <= reached.get(event.stream, 0):
            continue
        if event.version != reached.get(event.stream, 0) + 1:
            yield f"{event.position} after version {reached.get(event.stream, 0)}"
        reached[event.stream] = event.version


def not_quiet(seen: Evidence) -> Iterator[str]:
    """Something still waits: in an outbox, set aside, or between an offset and the end of a partition."""
    for name, consumer in seen.consumers.items():
        if consumer.queued:
            yield f"{name}: {consumer.queued} in the outbox"
        yield from (f"{name}: {stream} is set aside" for stream in consumer.pending)
        for place, end in seen.ends.items():
            heard = place[0] in {TOPIC[stage] for stage in HEARS[name]}
            if heard and end and consumer.offsets.get(place, 0) != end:
                yield f"{name}: {place[0]}/{place[1]} at {consumer.offsets.get(place, 0)} of {end}"


def applied_wrong(seen: Evidence) -> Iterator[str]:
    """A consumer's version of a stream is not the stream's newest one."""
    newest = {stream: len(events) for stream, events in _streams(seen).items()}
    for name, consumer in seen.consumers.items():
        prefixes = tuple(PREFIX[stage] for stage in HEARS[name])
        wanted = {s: v for s, v in newest.items() if s.partition("-")[0] in prefixes}
        for stream in wanted.keys() | consumer.applied.keys():
            if wanted.get(stream, 0) != consumer.applied.get(stream, 0):
                yield f"{name}: {stream} {consumer.applied.get(stream, 0)} of {wanted.get(stream, 0)}"


def row_wrong(seen: Evidence) -> Iterator[str]:
    """Two rows of one matter in the read model."""
    for matter, times in Counter(row.matter for row in seen.rows).items():
        if times > 1:
            yield f"{matter} {times} times"


def digest_differs(seen: Evidence) -> Iterator[str]:
    """The live read model is not what the log says."""
    if seen.live_digest != seen.rebuilt_digest:
        yield f"live {seen.live_digest}, rebuilt {seen.rebuilt_digest}"


def denominator_wrong(seen: Evidence) -> Iterator[str]:
    """A denominator is not the number of distinct matters, or not the sum of its groups."""
    distinct = {"CLOSE_RATE": len(_cases(seen)), "RESOLVE_RATE": len(_disputes(seen))}
    for figure in seen.figures:
        if figure.denominator != sum(figure.groups):
            yield f"{figure.code}: {figure.denominator}, groups {sum(figure.groups)}"
        if figure.denominator != distinct[figure.code]:
            yield f"{figure.code}: {figure.denominator}, matters {distinct[figure.code]}"
    for code in distinct.keys() - {figure.code for figure in seen.figures}:
        yield f"{code}: no figure"


CHECKS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "accepted and missing": accepted_missing,
    "answered differently": answered_differently,
    "answer forgotten": answer_forgotten,
    "attempt not written": attempt_unwritten,
    "broken inside": broken_inside,
    "versions not contiguous": versions_not_contiguous,
    "effect twice": effect_twice,
    "unexplained": unexplained,
    "key unknown": key_unknown,
    "reaction missing": reaction_missing,
    "not published": not_published,
    "stranger on topic": stranger_on_topic,
    "topic out of order": topic_out_of_order,
    "not quiet": not_quiet,
    "applied wrong": applied_wrong,
    "row twice": row_wrong,
    "digest differs": digest_differs,
    "denominator wrong": denominator_wrong,
}


def _streams(seen: Evidence) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = defaultdict(list)
    for event in seen.events:
        found[event.stream].append(event)
    return found


def _where(record: Published) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


REACTIONS: Mapping[str, str] = {
    "intake.case_filed to DISPATCH": "dispatch.case_received",
    "intake.case_filed to MEDIATION": "mediation.dispute_registered",
    "dispatch.case_handed_to_mediation": "mediation.dispute_registered",
    "dispatch.case_closed": "intake.outcome_recorded",
    "dispatch.case_reopened": "intake.outcome_withdrawn",
    "mediation.dispute_closed": "intake.outcome_recorded",
    "mediation.dispute_closed and given back": "dispatch.case_handed_back",
}
GIVEN_BACK = {"UNRESOLVED", "OTHER_ROUTE"}


def _reaction(event: Stored) -> str:
    """The kind of fact that another stage owes to this one; empty when none does."""
    name, said = event.kind, event.data
    if name == "intake.case_filed":
        name += f" to {said['route']}"
    if name == "mediation.dispute_closed" and said["origin"] == "HAND_OVER" and said["outcome"] in GIVEN_BACK:
        name += " and given back"
    return REACTIONS.get(name, "")


def _cases(seen: Evidence) -> set[str]:
    """Matters that dispatch answers for: filed to it or received, and not with mediation now."""
    counted: dict[str, bool] = {}
    for event in sorted(seen.events, key=lambda it: (it.stage != "intake", it.version)):
        filed = event.kind == "intake.case_filed" and event.data.get("route") == "DISPATCH"
        if filed or event.kind in {"dispatch.case_received", "dispatch.case_handed_back"}:
            counted[event.matter] = True
        elif event.kind == "dispatch.case_handed_to_mediation":
            counted[event.matter] = False
    return {matter for matter, is_counted in counted.items() if is_counted}


def _disputes(seen: Evidence) -> set[str]:
    kinds = {"mediation.dispute_registered", "dispatch.case_handed_to_mediation"}
    return {
        event.matter
        for event in seen.events
        if event.kind in kinds
        or (event.kind == "intake.case_filed" and event.data.get("route") == "MEDIATION")
    }
