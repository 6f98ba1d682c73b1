"""The inbox's two tables: every service that consumes has them, metrics too. Released, so never changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP


def create_inbox() -> None:
    """Create `offsets` (how far each partition is applied) and `parked` (records set aside)."""
    op.create_table(
        "offsets",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text),
        sa.Column("version", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.Column("parked_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", TIMESTAMP(timezone=True)),
        sa.Column("note", sa.Text),
        sa.CheckConstraint(
            "state IN ('PENDING', 'REPLAY_REQUESTED', 'REPLAYED', 'DISCARDED')", name="parked_state"
        ),
    )
    op.create_index(
        "parked_waiting",
        "parked",
        ["stream", "topic", "partition", "offset"],
        postgresql_where=sa.text("state IN ('PENDING', 'REPLAY_REQUESTED')"),
    )
    op.create_index("parked_by_state", "parked", ["state", "parked_at"])
