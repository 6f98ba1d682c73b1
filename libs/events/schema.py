"""Bring a database to the newest schema: Alembic's steps, run by asyncpg in one transaction."""

import io
from importlib import import_module
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import ScriptDirectory

from libs.events.postgres.session import Connection, Guards, committed, connected

STAGE = "libs.events.migrations"
_GUARDS = Guards("migrate", deadline=90.0, lock=60.0, statement=60.0)
TURN = 0x62696875616E01
"""The advisory lock that lets one process at a time change the schema of a database."""


async def upgrade(dsn: str, package: str = STAGE) -> str:
    """Apply the missing steps of a migrations package and answer the revision reached.

    Safe to call from every replica at once: one works, the others wait and find nothing to do.
    Raises Unavailable when the database is away; then nothing was changed.
    """
    folder = ScriptDirectory(str(Path(str(import_module(package).__file__)).parent))
    async with connected(dsn, _GUARDS) as connection, committed(connection):
        await connection.execute(f"SELECT pg_advisory_xact_lock({TURN})")
        if steps := script(folder, await _revision(connection)):
            await connection.execute(steps)
    return str(folder.get_current_head())


async def _revision(connection: Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


def script(folder: ScriptDirectory, revision: str | None) -> str:
    """The SQL from a revision (None: an empty database) to the newest one."""

    def steps(*_: object) -> list[RevisionStep]:
        missing = reversed(list(folder.iterate_revisions("head", revision or "base")))
        return [MigrationStep.upgrade_from_script(folder.revision_map, step) for step in missing]

    text = io.StringIO()
    with EnvironmentContext(
        Config(), folder, fn=steps, as_sql=True, starting_rev=revision, destination_rev="head"
    ) as environment:
        environment.configure(dialect_name="postgresql", output_buffer=text)
        environment.run_migrations()
    return text.getvalue().strip()
