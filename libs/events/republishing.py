"""After a loss of Kafka: fill a stage's topic again from its event table (reliability 1.3).

The ordinary relay publishes; this only puts the events back on its to-do list, while it may not read.
"""

from collections.abc import Sequence
from typing import NamedTuple

from libs.events.postgres.seat import LEAD
from libs.events.postgres.session import Guards, committed, connected

GUARDS = Guards("republish", deadline=3600.0, lock=60.0, statement=3600.0)
_RELAYS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'bihuan-relay'
"""
_FILL = """
INSERT INTO outbox (position, traceparent)
SELECT position, substring(convert_from(record, 'UTF8') FROM '"traceparent":"([^"]{55})"') FROM events
ON CONFLICT DO NOTHING
"""
_OFFSETS = """
UPDATE offsets SET next_offset = 0, generation = generation + 1 WHERE topic = ANY($1::text[])
"""
_UNDECIDED = """
UPDATE parked SET state = 'REPLAYED', decided_by = 'system', decided_at = clock_timestamp(),
  note = 'its log was lost; what is stored arrives again'
WHERE topic = ANY($1::text[]) AND state IN ('PENDING', 'REPLAY_REQUESTED')
"""
_PARKED = """
UPDATE parked SET topic = topic || to_char(clock_timestamp(), '"~lost-"YYYYMMDDHH24MISSUS')
WHERE topic = ANY($1::text[])
"""


class Reset(NamedTuple):
    """What was put back to the start: partitions, and set-aside records of the lost log."""

    partitions: int
    parked: int


async def refill(dsn: str) -> int:
    """Queue every event of a stage for its relay; how many. Raises Unavailable, then nothing was changed.

    The lead of the relay is held meanwhile: a relay that ran during the filling would send new versions
    before old ones. Services may go on; what they store is published behind the old events.
    """
    async with connected(dsn, GUARDS) as connection:
        await connection.execute(_RELAYS)
        await connection.execute(f"SELECT pg_advisory_lock({LEAD})")
        async with committed(connection):
            done = await connection.execute(_FILL)
    return int(done.split()[-1])


async def forget_offsets(dsn: str, topics: Sequence[str]) -> Reset:
    """Have a consumer read these topics from their start again (`init-group`). Raises Unavailable.

    A running consumer is fenced by the new generation and claims its partitions again. What it applied
    before is dropped by version. Records that were set aside keep their decisions, under the name of a
    topic that is gone: their offsets mean nothing in the new log. An event that was given up stays given
    up. What still waited for a decision waits no more: nobody owns its partition, and if it was an event
    it comes again.
    """
    async with connected(dsn, GUARDS) as connection, committed(connection):
        moved = await connection.execute(_OFFSETS, list(topics))
        await connection.execute(_UNDECIDED, list(topics))
        parked = await connection.execute(_PARKED, list(topics))
    return Reset(int(moved.split()[-1]), int(parked.split()[-1]))
