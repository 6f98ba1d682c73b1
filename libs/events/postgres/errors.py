"""What a driver's failure means to us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg
from asyncpg.exceptions._base import DataError as InvalidInput

from libs.events.errors import BihuanError, ConcurrencyConflict, KeyRaced, KeyTaken, Unavailable, Undecodable

_AWAY = (
    OSError,  # TimeoutError is one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, starting up, statement cancelled
    asyncpg.InsufficientResourcesError,  # disk full, too many connections, out of memory
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby took over half
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.UndefinedTableError,  # not migrated yet
)
_OVERTAKEN = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_UNSTORABLE = (asyncpg.DataError, InvalidInput)
_TAKEN: Mapping[str, type[BihuanError]] = {"idempotency_pkey": KeyTaken, "vault_pkey": KeyRaced}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours. An error that is not expected here stays what it is."""
    try:
        yield
    except BihuanError:
        raise
    except asyncpg.UniqueViolationError as failure:
        raise _taken(failure) from failure
    except _OVERTAKEN as failure:
        raise ConcurrencyConflict(type(failure).__name__) from failure
    except _UNSTORABLE as failure:
        raise Undecodable("text") from failure
    except _AWAY as failure:
        raise Unavailable("database") from failure


def _taken(failure: asyncpg.UniqueViolationError) -> BihuanError:
    constraint: str = failure.constraint_name or ""
    return _TAKEN.get(constraint, ConcurrencyConflict)(constraint)
