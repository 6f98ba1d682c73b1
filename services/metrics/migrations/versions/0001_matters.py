"""One row per matter, the consumed offsets beside it, and what could not be applied."""

from alembic import op

from libs.events.migrations.inbox import create_inbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the read model."""
    create_inbox()
    _create_matters()
    _create_indexes()
    op.execute("""
        CREATE TABLE rebuilds (
          partition integer PRIMARY KEY, fingerprint text NOT NULL, state text NOT NULL,
          folded_at timestamptz NOT NULL DEFAULT clock_timestamp())""")
    op.execute(
        "COMMENT ON TABLE rebuilds IS 'Partitions an unfinished rebuild has folded, so that it resumes'"
    )


def _create_matters() -> None:
    op.execute("""
        CREATE TABLE matters (
          matter uuid NOT NULL,
          stage text NOT NULL, status text NOT NULL, holder text, since timestamptz NOT NULL,
          opened_at timestamptz NOT NULL, last_at timestamptz NOT NULL, closed_at timestamptz,
          channel text, category text, area text, case_no text, dispute_no text,
          source_system text, external_no text,
          filed_at timestamptz, case_org text, case_counted boolean NOT NULL, case_closed boolean NOT NULL,
          registered_at timestamptz, dispute_org text, dispute_counted boolean NOT NULL,
          dispute_accepted boolean NOT NULL, dispute_ended boolean NOT NULL,
          dispute_agreed boolean NOT NULL, dispute_resolved boolean NOT NULL,
          return_open boolean NOT NULL, return_no integer NOT NULL, reopen_no integer NOT NULL,
          report_version integer NOT NULL, case_version integer NOT NULL, dispute_version integer NOT NULL,
          report_log text NOT NULL, case_log text NOT NULL, dispute_log text NOT NULL, parts text NOT NULL
        )""")
    # A row is 2 to 3 KB of ready text: compressing it would cost a rebuild more than writing it.
    op.execute("ALTER TABLE matters SET (toast_tuple_target = 8160)")


def _create_indexes() -> None:
    """A rebuild copies these onto the fresh table before it takes the place of this one."""
    op.execute("CREATE UNIQUE INDEX matters_matter ON matters (matter)")
    op.execute("CREATE INDEX matters_newest ON matters (opened_at DESC, matter DESC)")
    op.execute("""
        CREATE INDEX matters_filed ON matters (filed_at, matter)
        INCLUDE (case_org, channel, source_system, case_closed) WHERE case_counted""")
    op.execute("""
        CREATE INDEX matters_registered ON matters (registered_at, matter)
        INCLUDE (dispute_org, channel, source_system, dispute_accepted, dispute_ended, dispute_agreed,
          dispute_resolved) WHERE dispute_counted""")
    op.execute("CREATE INDEX matters_holder ON matters (holder, opened_at DESC) WHERE holder IS NOT NULL")
    op.execute("CREATE INDEX matters_case_no ON matters (case_no) WHERE case_no IS NOT NULL")
    op.execute("CREATE INDEX matters_dispute_no ON matters (dispute_no) WHERE dispute_no IS NOT NULL")
