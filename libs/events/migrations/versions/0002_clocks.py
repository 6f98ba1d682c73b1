"""The due list of the clocks, and the stage's own copy of the reference data it heard."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create `clocks` and `reference`."""
    op.create_table(
        "clocks",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("clock", sa.Text, primary_key=True),
        sa.Column("next_at", TIMESTAMP(timezone=True)),
        # When to look: `next_at`, or later where looking failed.
        sa.Column("try_at", TIMESTAMP(timezone=True)),
        sa.Column("calendar_version", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("clocks_try_at", "clocks", ["try_at"], postgresql_where=sa.text("try_at IS NOT NULL"))
    op.create_index("clocks_calendar", "clocks", ["calendar_version", "stream"])
    op.create_index("clocks_postponed", "clocks", ["attempts"], postgresql_where=sa.text("attempts > 0"))
    # Each row moves a few times and goes: vacuum by number of rows, or dead entries pile up in front.
    op.execute("""
        ALTER TABLE clocks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0)""")
    op.create_table(
        "reference",
        sa.Column("stream", sa.Text, primary_key=True),
        # In the order of the topic: of two editions that begin at one instant the later one rules.
        sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
