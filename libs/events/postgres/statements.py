"""Every SQL statement of a stage's store but the one that appends."""

READ = "SELECT record FROM events WHERE stream = $1 ORDER BY version"

READ_MANY = "SELECT stream, record FROM events WHERE stream = ANY($1::text[]) ORDER BY stream, version"

VERSIONS = "SELECT stream, max(version) AS version FROM events WHERE stream = ANY($1::text[]) GROUP BY stream"

NEXT_DUE = "SELECT min(try_at) FROM clocks"

DUE = """
SELECT stream, clock, next_at AS due, attempts FROM clocks WHERE try_at <= $1
ORDER BY try_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""

POSTPONE = "UPDATE clocks SET try_at = $3, attempts = attempts + 1 WHERE stream = $1 AND clock = $2"

OUTDATED = """
SELECT stream FROM clocks WHERE calendar_version = $1 AND stream > $2
ORDER BY calendar_version, stream LIMIT $3 FOR UPDATE SKIP LOCKED
"""

PRESSURE = """
SELECT (SELECT count(*) FROM (SELECT FROM clocks WHERE try_at <= $1 LIMIT 100000) AS due)::int AS due,
  (SELECT count(*) FROM clocks WHERE attempts > 0)::int AS postponed
"""

REMEMBER = """
INSERT INTO reference (stream, record) SELECT stream, record
FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS heard(stream, record, place) ORDER BY place
ON CONFLICT DO NOTHING
"""

REMEMBERED = "SELECT record FROM reference ORDER BY place"

ANSWER = """
SELECT route, body_sha256, status, body, headers FROM idempotency WHERE caller = $1 AND key = $2
"""

SERIAL = """
INSERT INTO serials (scope, value) SELECT $1, 1 FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (scope) DO UPDATE SET value = serials.value + 1 RETURNING value
"""
"""Needs no flush of its own: the log is sequential, so the facts that use the number flush it first."""

APPLIED = "SELECT stream, version FROM applied WHERE stream = ANY($1::text[])"

ADVANCE = """
INSERT INTO applied (stream, version) SELECT * FROM unnest($1::text[], $2::int[])
ON CONFLICT (stream) DO UPDATE SET version = greatest(applied.version, excluded.version)
"""

STORED = "SELECT next_offset FROM offsets WHERE topic = $1 AND partition = $2"

DISCARDED = """
SELECT stream, version, reason FROM parked
WHERE stream = ANY($1::text[]) AND state = 'DISCARDED' AND version IS NOT NULL
"""

CLAIM_PARTITION = """
INSERT INTO offsets (topic, partition, next_offset, generation) VALUES ($1, $2, 0, $3)
ON CONFLICT (topic, partition)
DO UPDATE SET generation = greatest(offsets.generation + 1, excluded.generation)
RETURNING next_offset, generation
"""

MOVE = """
UPDATE offsets SET next_offset = moved.following, generation = moved.generation
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::int[])
  AS moved(topic, partition, expected, following, generation)
WHERE offsets.topic = moved.topic AND offsets.partition = moved.partition
  AND offsets.next_offset = moved.expected AND offsets.generation <= moved.generation
RETURNING offsets.topic, offsets.partition
"""

MOVE_OR_NOTHING = """
held AS MATERIALIZED (
  SELECT topic, partition, following, moved.generation
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::int[])
    AS moved(topic, partition, expected, following, generation)
  JOIN offsets USING (topic, partition)
  WHERE offsets.next_offset = expected AND offsets.generation <= moved.generation
  FOR UPDATE OF offsets SKIP LOCKED
), allowed AS MATERIALIZED (
  SELECT count(*) = cardinality($1::text[]) AND {condition} AS whole FROM held
), moved AS (
  UPDATE offsets SET next_offset = held.following, generation = held.generation FROM allowed, held
  WHERE whole AND offsets.topic = held.topic AND offsets.partition = held.partition
)"""
"""`MOVE` as a part of one statement that does everything or nothing: its other parts ask `allowed.whole`.

An offset that somebody holds at this moment is not waited for: the statement has its other tables locked
already, and who holds the offsets (a rebuild that swaps) is going to lock those.
"""

FIRST_MOVE = """
INSERT INTO offsets (topic, partition, next_offset, generation) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING next_offset
"""

PARKED = 'SELECT * FROM parked WHERE state = $1 ORDER BY parked_at, topic, partition, "offset" LIMIT $2'

TROUBLED = """
SELECT stream FROM parked WHERE stream = ANY($1::text[]) AND state IN ('PENDING', 'REPLAY_REQUESTED')
UNION SELECT stream FROM parked WHERE stream = ANY($1::text[]) AND state = 'DISCARDED'
"""
"""Two halves, so that each has its index; discarded rows are few, because a person decides on each."""

WAITING = """
SELECT * FROM parked WHERE stream = $1 AND state IN ('PENDING', 'REPLAY_REQUESTED')
ORDER BY topic, partition, "offset" FOR UPDATE
"""

PARK = """
INSERT INTO parked
  (topic, partition, "offset", stream, version, reason, record, headers, trace_id, parked_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'PENDING') ON CONFLICT DO NOTHING RETURNING state
"""

SETTLE = """
UPDATE parked SET state = $4, decided_by = $5, decided_at = $6, note = $7, reason = $8
WHERE topic = $1 AND partition = $2 AND "offset" = $3 AND state IN ('PENDING', 'REPLAY_REQUESTED')
RETURNING state
"""

NOTIFY = "INSERT INTO outbox (topic, key, record) VALUES ($1, $2, $3)"

KEYS = "SELECT matter, key_id, wrapped FROM vault WHERE matter = ANY($1::uuid[])"

CLAIM = "SELECT pg_try_advisory_lock($1)"

TURN = """
WITH done AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]))
SELECT waiting.position, coalesce(waiting.topic, event.topic) AS topic,
  coalesce(waiting.key, convert_to(event.matter::text, 'UTF8')) AS key,
  coalesce(waiting.record, event.record) AS record, waiting.traceparent,
  extract(epoch FROM clock_timestamp() - waiting.queued_at)::float8 AS age
FROM (
  SELECT * FROM outbox WHERE position NOT IN (SELECT unnest($1::bigint[] || $2::bigint[]))
  ORDER BY position LIMIT $3) AS waiting
LEFT JOIN LATERAL (
  SELECT matter, record, CASE WHEN starts_with(stream, $4) THEN $5::text END AS topic
  FROM events WHERE events.position = waiting.position LIMIT 1) AS event ON true
ORDER BY waiting.position
"""
"""The rows still there, never "position > cursor": a lower position can become visible later.

`NOT IN (SELECT ...)` is hashed once, also in a plan that is kept; `<> ALL (...)` goes through thousands of
positions for each row.
"""

BACKLOG = """
SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0)::float8 AS age
FROM outbox
"""

TIDY = """
DELETE FROM idempotency WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM idempotency WHERE created_at < clock_timestamp() - interval '7 days' LIMIT 5000))
"""
