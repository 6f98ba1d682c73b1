"""The cause that a record tells: who acted, when, and in which chain of causes."""

import re
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.fast import Fast

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_actor = lru_cache(4096)(Actor)  # the same few people act again and again


def cause_of(fast: Fast) -> Cause:
    """The cause of an event that was decoded, and so looked at, before."""
    command = _id(fast.causation_id)
    begins = fast.correlation_id == fast.causation_id
    return Cause(
        actor=_actor(fast.actor_id, fast.actor_org, fast.actor_role, fast.on_behalf_of),
        at=datetime.fromisoformat(fast.occurred_at),
        command_id=command,
        correlation_id=command if begins else _id(fast.correlation_id),
        traceparent=fast.traceparent,
        channel=fast.channel,
        source_system=fast.source_system,
        external_no=fast.external_no,
        jurisdiction=fast.jurisdiction,
        rule_id=fast.rule_id,
        rule_version=fast.rule_version,
        policy_version=fast.policy_version,
        calendar_version=fast.calendar_version,
    )


def _id(text: str) -> UUID:
    """Ids of ours are UUIDs; what others use as a text always becomes the same UUID."""
    return UUID(text) if _UUID.fullmatch(text) else uuid5(EVENT_NAMESPACE, text)
