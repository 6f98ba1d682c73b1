"""What a stage does when another stage's fact arrives: ordinary commands to its own decider."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from libs.events.awaiting import Editions
from libs.events.codec import Heard, decode, decode_fast
from libs.events.decider import Decider
from libs.events.envelope import Actor, Cause, Envelope
from libs.events.errors import EditionAwaited, Rejected
from libs.events.execute import execute_within
from libs.events.stage import TOPIC_PREFIX
from libs.events.store import Transaction

log = structlog.get_logger("reactions")

SYSTEM = "system"
"""Who acts when no person does; role `SYS`."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A command that a fact of another stage leads to, and the own stream it is for."""

    stream: str
    command: object


React = Callable[[Envelope], list[Reaction]]


@dataclass(frozen=True, slots=True)
class Policy:
    """A react function with the kinds it looks at; all others it answers with nothing."""

    react: React
    kinds: frozenset[str]

    def __call__(self, heard: Envelope) -> list[Reaction]:
        return self.react(heard)


def concerns(*kinds: str) -> Callable[[React], Policy]:
    """Names the kinds that a policy looks at, so that a stage need not build the others to pass them over."""
    return lambda react: Policy(react, frozenset(kinds))


class Reactions:
    """Effects of the inbox: react, decide, append, all in the transaction of the consumed batch.

    `rejected` is told the rule of every reaction that came too late for it: the world moved on, which is
    no error (design 11.4). `editions` holds the reference data that the commands are decided by.
    """

    unknown: Literal["park"] = "park"

    def __init__(
        self,
        decider: Decider[Any, Any, Any],
        react: Mapping[str, React],
        *,
        prefix_of: Mapping[str, str] = TOPIC_PREFIX,
        rejected: Callable[[str], None] = lambda _: None,
        editions: Editions | None = None,
    ) -> None:
        self._decider = decider
        self.editions = editions or Editions()
        self._react = {prefix_of[topic]: function for topic, function in react.items()}
        policies = (function for function in react.values() if isinstance(function, Policy))
        self._kinds = frozenset(kind for policy in policies for kind in policy.kinds)
        self._choosy = all(isinstance(function, Policy) for function in react.values())
        self._rejected = rejected
        self._told: set[str] = set()

    def decode(self, record: bytes) -> Heard:
        """An envelope where a policy looks at the kind, else what replay reads: both check the same.

        Raises Undecodable or UnknownKind.
        """
        if self._choosy:
            passed = decode_fast(record)
            if passed.kind not in self._kinds:
                return passed
        return decode(record)

    async def applied(self, tx: Transaction, streams: Sequence[str]) -> dict[str, int]:
        """The newest version per stream whose reactions are committed."""
        return await tx.applied(streams)

    async def apply(self, tx: Transaction, envelopes: Sequence[Heard]) -> None:
        """React to each event in turn; a refused reaction is acknowledged, counted and logged once.

        Raises EditionAwaited and EditionUnknown where an edition is missing that one of them names.
        """
        planned = list(self._planned(envelopes))
        self.editions.require(envelope.cause.policy_version for envelope, _ in planned)
        if planned:
            await tx.prefetch(sorted({reaction.stream for _, reaction in planned}))
        for envelope, reaction in planned:
            try:
                await execute_within(
                    tx,
                    self._decider,
                    reaction.stream,
                    reaction.command,
                    consequence(envelope),
                    self.editions.library,
                )
            except Rejected as refusal:
                self._note(refusal.rule, envelope)
            except EditionAwaited as missing:
                raise self.editions.missing(missing.edition) from missing
        await tx.advance({envelope.stream: envelope.version for envelope in envelopes})

    def _planned(self, envelopes: Sequence[Heard]) -> Iterator[tuple[Envelope, Reaction]]:
        for envelope in envelopes:
            if not isinstance(envelope, Envelope):
                continue
            react = self._react.get(envelope.stream.partition("-")[0])
            for reaction in react(envelope) if react else ():
                yield envelope, reaction

    def _note(self, rule: str, envelope: Envelope) -> None:
        self._rejected(rule)
        if rule not in self._told:
            self._told.add(rule)
            log.info("reaction_rejected", rule=rule, kind=envelope.kind, stream=envelope.stream)


def consequence(event: Envelope) -> Cause:
    """The cause of what follows from an event: the same chain, place, trace and business time."""
    cause = event.cause
    return Cause(
        actor=Actor(user=SYSTEM, org=cause.actor.org, role="SYS"),
        at=cause.at,
        command_id=event.id,
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        channel=cause.channel,
        source_system=cause.source_system,
        external_no=cause.external_no,
        jurisdiction=cause.jurisdiction,
    )
