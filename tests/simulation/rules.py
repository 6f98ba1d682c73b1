"""What must hold after any run, whatever went wrong in it (reliability R1 to R4)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from libs.events.codec import decode
from libs.events.contracts import dispatch, intake, mediation
from libs.events.decider import fold
from libs.events.envelope import Envelope
from libs.events.errors import Rejected, Undecodable
from libs.events.stage import TOPIC_PREFIX
from services.metrics.decisions import Decisions, Place
from services.metrics.folding import Folder
from services.metrics.rows import row
from tests.simulation.database import same_rows
from tests.simulation.world import STAGES, World, simulate


def broken(world: World) -> list[str]:
    """Every broken promise as a sentence; empty when all were kept."""
    return [
        finding
        for rule in (quiet, numbered, on_the_log, promised, effects, reactions, figures)
        for finding in rule(world)
    ]


def judged(seed: int) -> tuple[int, list[str]]:
    """The seed, and what broke under it."""
    return seed, broken(simulate(seed))


def quiet(world: World) -> Iterator[str]:
    """Everything was published and consumed, and nothing waits for a decision."""
    if world.stuck:
        yield "the run did not come to its end"
    yield from world.unrest()
    for name, service in world.services.items():
        for replica in service.replicas:
            if replica.loop.halted:
                yield f"{name} halted: {replica.loop.halted}"
        yield from (f"{name} failed: {failure!r}" for failure in service.failures())


decoded = lru_cache(maxsize=10_000)(decode)
"""The same record is looked at by every rule."""


def events(world: World, stage: str) -> dict[str, list[Envelope]]:
    """Every stream of a stage, as stored."""
    stored = world.services[stage].store.streams()
    return {stream: [decoded(record) for record in records] for stream, records in stored.items()}


def numbered(world: World) -> Iterator[str]:
    """Versions are 1, 2, 3 and so on."""
    for stage in STAGES:
        for stream, history in events(world, stage).items():
            if [event.version for event in history] != list(range(1, len(history) + 1)):
                yield f"{stream} has versions {[event.version for event in history]}"


def on_the_log(world: World) -> Iterator[str]:
    """The topic holds exactly the stored events: same bytes, and each stream's first appearances in order."""
    for name, stage in STAGES.items():
        seen: dict[str, list[bytes]] = defaultdict(list)
        for record in world.log.all(stage.topic):
            with_value = record.value or b""
            try:
                event = decoded(with_value)
            except Undecodable:
                continue
            known = seen[event.stream]
            if event.version == len(known) + 1:
                known.append(with_value)
            elif event.version > len(known) + 1:
                yield f"{event.stream}@{event.version} is on the topic before {len(known) + 1}"
            elif known[event.version - 1] != with_value:
                yield f"{event.stream}@{event.version} was published with two contents"
        stored = world.services[name].store.streams()
        for stream in sorted({*stored, *seen}):
            if list(stored.get(stream, ())) != seen.get(stream, []):
                yield f"{stream}: {len(stored.get(stream, ()))} stored, {len(seen.get(stream, []))} published"


def promised(world: World) -> Iterator[str]:
    """An answered command is stored, once, as the answer says; an unanswered one at most once."""
    for attempt in world.journal:
        history = events(world, attempt.stage).get(attempt.stream, [])
        mine = [event for event in history if event.cause.command_id == attempt.command_id]
        kinds = Counter(event.kind for event in mine)
        if any(count > 1 for count in kinds.values()):
            yield f"{attempt.stream}: one command stored {dict(kinds)}"
        if len(set(attempt.answers)) > 1:
            yield f"{attempt.stream}: one request was answered {attempt.answers}"
        if attempt.refused and not attempt.answers and mine:
            yield f"{attempt.stream}: a refused command stored {sorted(kinds)}"
        if attempt.answers and mine:
            version = int(attempt.answers[0].split(b"@")[1].split()[0])
            if mine[-1].version != version:
                yield f"{attempt.stream}: answered {version}, stored {mine[-1].version}"
        if attempt.answers and not mine:
            version = int(attempt.answers[0].split(b"@")[1].split()[0])
            if version > len(history):
                yield f"{attempt.stream}: answered {version}, but it ends at {len(history)}"


def effects(world: World) -> Iterator[str]:
    """No event of another stage had an effect twice, and every one was heard to its end."""
    for name in STAGES:
        causes = Counter(
            (event.cause.command_id, event.kind)
            for history in events(world, name).values()
            for event in history
            if event.cause.actor.role == "SYS"
        )
        yield from (f"{name}: {kind} twice by {cause}" for (cause, kind), n in causes.items() if n > 1)
        applied = world.services[name].store.applied_versions()
        for other in STAGES:
            if STAGES[other].topic in STAGES[name].listens_to:
                for stream, history in events(world, other).items():
                    if applied.get(stream, 0) != len(history):
                        yield f"{name} heard {stream} up to {applied.get(stream, 0)} of {len(history)}"


def reactions(world: World) -> Iterator[str]:
    """What one stage's facts ask of another has happened there."""
    facts = {
        name: Counter(
            (type(event.data), str(event.matter), _detail(event.data))
            for history in events(world, name).values()
            for event in history
        )
        for name in STAGES
    }
    for matter in map(str, world.matters):
        filed = facts["intake"][intake.CaseFiled, matter, "DISPATCH"]
        if facts["dispatch"][dispatch.CaseReceived, matter, ""] != filed:
            yield f"{matter} was filed {filed} times to dispatch and received otherwise"
        handed = sum(n for (kind, who, _), n in facts["dispatch"].items() if
                     kind is dispatch.CaseHandedToMediation and who == matter)  # fmt: skip
        if facts["mediation"][mediation.DisputeRegistered, matter, "HAND_OVER"] != handed:
            yield f"{matter} was handed over {handed} times and registered otherwise"
        back = facts["mediation"][mediation.DisputeClosed, matter, "HAND_OVER UNRESOLVED"]
        if facts["dispatch"][dispatch.CaseHandedBack, matter, ""] != back:
            yield f"{matter} ended {back} times without agreement and came back otherwise"
        yield from _outcome(world, matter)


def _detail(fact: Any) -> str:
    match fact:
        case intake.CaseFiled(route=route):
            return str(route)
        case mediation.DisputeRegistered(origin=origin):
            return str(origin)
        case mediation.DisputeClosed(origin=origin, outcome=outcome):
            return f"{origin} {outcome}"
        case _:
            return ""


def _outcome(world: World, matter: str) -> Iterator[str]:
    """Intake tells the reporter what follows from everything the other stages said, in whatever order."""
    stage = STAGES["intake"]
    own = [event.data for event in events(world, "intake").get(f"report-{matter}", [])]
    state = fold(stage.decider, own)
    asked = state
    for other in ("mediation", "dispatch"):
        prefix = STAGES[other].prefix
        for event in events(world, other).get(f"{prefix}-{matter}", []):
            for reaction in stage.listens_to[STAGES[other].topic](event):
                try:
                    asked = fold(stage.decider, stage.decider.decide(reaction.command, asked), asked)
                except Rejected:
                    continue
    if stage.view(asked) != stage.view(state):
        yield f"{matter}: intake says {stage.view(state)}, and should say {stage.view(asked)}"


def figures(world: World) -> Iterator[str]:
    """The live rows, the rows folded again from the log, and those of the stages' own tables are the same."""
    decided = {
        Place(parked.topic, parked.partition, parked.offset): parked for parked in world.figures.set_aside()
    }
    again = Folder(TOPIC_PREFIX, Decisions(decided))
    for topic in TOPIC_PREFIX:
        for number in range(world.log.partitions):
            again.take(
                (topic, number),
                [(record.offset, record.key, record.value) for record in world.log.read(topic, number)],
            )
    live = list(world.figures.rows.values())
    unlike = same_rows(live, [row(matter) for matter in again.finish()[0]])
    if unlike:
        yield f"live and rebuilt differ: {unlike}"
    matters = {stream.partition("-")[2] for name in STAGES for stream in world.services[name].store.streams()}
    if unlike := sorted(matters ^ {str(stored[0]) for stored in live}):
        yield f"metrics and the stages know different matters: {unlike}"
