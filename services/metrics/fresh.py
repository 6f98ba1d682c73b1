"""The table a rebuild fills beside the live one, and the moment it takes its place."""

import asyncio
from collections.abc import Mapping, Sequence

from libs.events.postgres.session import Connection
from services.metrics.projections import LIVE
from services.metrics.rows import COLUMNS

FRESH = "matters_next"
OLD = "matters_old"

_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1"
_BUILDING = """
SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '128MB'; SET synchronous_commit = off
"""
"""Two builds side by side need no helpers of their own, which cost more than they bring.

An index lost in a crash is built by the next run; what a swap commits is on disk with all that came before.
"""
_BUILT = "RESET max_parallel_maintenance_workers; RESET maintenance_work_mem; RESET synchronous_commit"
_ASKED = [name for name in COLUMNS if name != "parts" and not name.endswith("_log")]
_CREATE = """
DROP TABLE IF EXISTS matters_next;
CREATE TABLE matters_next (LIKE matters INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)
"""
_OPTIONS = "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = to_regclass($1)"
_EXISTS = "SELECT to_regclass($1) IS NOT NULL"


async def exists(connection: Connection) -> bool:
    """Whether an earlier rebuild left its table."""
    return bool(await connection.fetchval(_EXISTS, FRESH))


async def create(connection: Connection) -> None:
    """An empty table like the live one, without indexes: they are built once it is full."""
    await connection.execute(_CREATE)
    if options := await connection.fetchval(_OPTIONS, LIVE):
        await connection.execute(f"ALTER TABLE {FRESH} SET ({options})")


async def build_indexes(connections: Sequence[Connection]) -> None:
    """The indexes of the live table, as far as they are missing; each connection builds the next one."""
    present = {row["indexname"] for row in await connections[0].fetch(_INDEXES, FRESH)}
    definitions = await _definitions(connections[0])
    missing = iter([statement for name, statement in definitions.items() if name not in present])

    async def build(connection: Connection) -> None:
        await connection.execute(_BUILDING)
        for statement in missing:
            await connection.execute(statement)
        await connection.execute(_BUILT)

    await asyncio.gather(*map(build, connections))


async def gather_statistics(connection: Connection) -> None:
    """What good plans need, of the columns that questions ask for: the others are long and answer none."""
    await connection.execute(f"ANALYZE {FRESH} ({', '.join(_ASKED)})")


async def _definitions(connection: Connection) -> Mapping[str, str]:
    """The statements that make the live indexes on the fresh table, by their name there."""
    return {
        _next(row["indexname"]): _retold(row["indexname"], row["indexdef"])
        for row in await connection.fetch(_INDEXES, LIVE)
    }


def _retold(name: str, definition: str) -> str:
    """The definition as PostgreSQL prints it, told of the other table."""
    made, _, rest = definition.partition(" USING ")
    kind = "CREATE UNIQUE INDEX" if made.startswith("CREATE UNIQUE") else "CREATE INDEX"
    return f"{kind} {_next(name)} ON {FRESH} USING {rest}"


def _next(name: str) -> str:
    return f"{name}_next"


async def keep_vacuum_out(connection: Connection) -> None:
    """In the transaction of the swap: nobody vacuums either table until it ends; reading and writing go on.

    PostgreSQL sends its own vacuum away for whoever has waited for it a second. The swap itself waits for a
    tenth of that, so that readers do not queue behind it: on large tables it would find a vacuum every time.
    """
    await connection.execute("LOCK TABLE matters, matters_next IN SHARE UPDATE EXCLUSIVE MODE")


async def swap(connection: Connection) -> None:
    """Inside a transaction: the fresh table takes the name of the live one. Readers wait for milliseconds."""
    names: Sequence[str] = [row["indexname"] for row in await connection.fetch(_INDEXES, LIVE)]
    await connection.execute("LOCK TABLE matters IN ACCESS EXCLUSIVE MODE")
    await connection.execute("ALTER TABLE matters RENAME TO matters_old")
    await connection.execute("ALTER TABLE matters_next RENAME TO matters")
    for name in names:
        await connection.execute(f"ALTER INDEX {name} RENAME TO {name}_old")
        await connection.execute(f"ALTER INDEX {_next(name)} RENAME TO {name}")
    await connection.execute("DELETE FROM rebuilds")


async def drop_old(connection: Connection) -> None:
    """Forget the table that was live before."""
    await connection.execute("DROP TABLE IF EXISTS matters_old")


async def forget(connection: Connection) -> None:
    """Leave no trace of a rebuild that ended without a swap."""
    await connection.execute("DROP TABLE IF EXISTS matters_next; DELETE FROM rebuilds")
