"""Deadlines of a case, and of the signing of each of its assignments.

Rows from before have no clocks, so what they gain is what a rebuild would give them.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and what the on-time figures look them up by."""
    op.execute("""
        ALTER TABLE matters
          ADD COLUMN case_due_at timestamptz,
          ADD COLUMN case_due boolean NOT NULL DEFAULT false,
          ADD COLUMN case_closed_in_time boolean NOT NULL DEFAULT false,
          ADD COLUMN case_policy text, ADD COLUMN case_calendar text,
          ADD COLUMN sign_no integer[], ADD COLUMN sign_org text[], ADD COLUMN sign_due_at timestamptz[],
          ADD COLUMN sign_counted boolean[], ADD COLUMN sign_in_time boolean[],
          ADD COLUMN sign_policy text[], ADD COLUMN sign_calendar text[]""")
    op.execute("""
        CREATE INDEX matters_due ON matters (case_due_at, matter)
        INCLUDE (case_org, channel, source_system, case_closed_in_time, case_policy, case_calendar)
        WHERE case_due""")
    op.execute("CREATE INDEX matters_signed ON matters (matter) WHERE sign_no IS NOT NULL")
    op.execute("DROP TABLE IF EXISTS matters_next, matters_old")
    op.execute("DELETE FROM rebuilds")
