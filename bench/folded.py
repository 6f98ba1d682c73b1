"""The plain fold: every record one by one in one process, as the definition of the right answer."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from bench.story import matter, records
from libs.events.codec import decode_fast
from services.metrics.fold import fold
from services.metrics.matter import Matter
from services.metrics.rows import Row, row


@lru_cache(2)
def folded(cases: int) -> list[Matter]:
    """The matters of so many cases."""
    found = {str(matter(case)): Matter(str(matter(case))) for case in range(cases)}
    for record in records(range(cases)):
        fold(found[record.key.decode()], decode_fast(record.value))
    return list(found.values())


def rows(matters: Iterable[Matter]) -> list[Row]:
    """As PostgreSQL would store them."""
    return [row(one) for one in matters]


def digest(matters: Iterable[Matter]) -> str:
    """One short text for the rows of these matters, whatever their order, where no PostgreSQL holds them."""
    return sha256("\n".join(sorted(map(repr, rows(matters)))).encode()).hexdigest()[:16]
