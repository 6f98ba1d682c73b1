"""The store on PostgreSQL; only this package imports asyncpg."""

from libs.events.postgres.store import PostgresStore
from libs.events.postgres.transaction import PostgresTransaction

__all__ = ["PostgresStore", "PostgresTransaction"]
