"""The event table, its to-do list and everything that commits with them (design 11.4)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from libs.events.migrations.inbox import create_inbox

revision = "0001"
down_revision = None

_POSITION = sa.text("nextval('positions')")
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Create the tables of a stage."""
    # CACHE 1: a session must not hold numbers back, or version 2 could get a lower one than version 1.
    op.execute("CREATE SEQUENCE positions AS bigint CACHE 1")
    _create_events()
    _create_outbox()
    _create_requests()
    create_inbox()
    op.create_table(
        "applied",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger, primary_key=True, server_default=_POSITION),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("matter", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream", "version", name="events_stream_version"),
        sa.CheckConstraint("version >= 1", name="events_version"),
    )
    op.execute("ALTER SEQUENCE positions OWNED BY events.position")
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END$$""")
    op.execute("""
        CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")
    # The owner can grant it back; it is a second lock on the same door.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON events FROM CURRENT_USER")


def _create_outbox() -> None:
    """A row names an event; a notice about a dead letter carries its own topic, key and record."""
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger, primary_key=True, server_default=_POSITION),
        sa.Column("queued_at", TIMESTAMP(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("traceparent", sa.Text),
        sa.Column("topic", sa.Text),
        sa.Column("key", sa.LargeBinary),
        sa.Column("record", sa.LargeBinary),
        sa.CheckConstraint("num_nulls(topic, key, record) IN (0, 3)", name="outbox_event_or_notice"),
    )
    # A queue: rows live for milliseconds, so vacuum by number of rows and without rest.
    op.execute("""
        ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0)""")


def _create_requests() -> None:
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("created_at", TIMESTAMP(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
    )
    # Rows arrive in the order of time, so a block range index finds the old ones at almost no cost.
    op.create_index("idempotency_created_at", "idempotency", ["created_at"], postgresql_using="brin")
    op.create_table(
        "serials",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "vault",
        sa.Column("matter", sa.Uuid, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
