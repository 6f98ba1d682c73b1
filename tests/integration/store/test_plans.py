"""No statement of a stage ever reads a whole table, whatever the statistics say (performance C5)."""

from typing import Any

import pytest

from libs.events.postgres import PostgresStore, statements
from libs.events.postgres.rows import columns, writing
from libs.events.recording import Origin, recorded
from libs.events.schema import upgrade
from tests.conformance.samples import NOON, answer, key_of, matter, offers, stream

_HELD = offers("a", 3)
PLANS: dict[str, tuple[str, list[Any]]] = {
    "read": (statements.READ, [stream("a")]),
    "versions": (statements.VERSIONS, [[stream("a")]]),
    "append": (
        statements.APPEND,
        columns([writing([_HELD], recorded("/s", [_HELD], NOON), answer(), [key_of("a")])]),
    ),
    "keys": (statements.KEYS, [[matter("a")]]),
    "answer": (statements.ANSWER, ["li.na", "k1"]),
    "applied": (statements.APPLIED, [[stream("a")]]),
    "troubled": (statements.TROUBLED, [[stream("a")]]),
    "turn": (statements.TURN, [[1], [2], 10, "reference-", "case.reference"]),
    "append clocks": (
        statements.APPEND_TIMED,
        [
            *columns([writing([_HELD], recorded("/s", [_HELD], NOON))]),
            *([stream("a")], ["PERIOD"], [NOON], ["c1"]),
        ],
    ),
    "next due": (statements.NEXT_DUE, []),
    "due": (statements.DUE, [NOON, 50]),
    "postpone": (statements.POSTPONE, [stream("a"), "PERIOD", NOON]),
    "outdated": (statements.OUTDATED, ["c1", "", 50]),
    "pressure": (statements.PRESSURE, [NOON]),
}


@pytest.mark.parametrize("name", PLANS)
async def test_a_statement_finds_its_rows_by_an_index_even_in_empty_tables(database: str, name: str) -> None:
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
    query, arguments = PLANS[name]
    async with store.use() as connection:
        plan = [row[0] for row in await connection.fetch(f"EXPLAIN {query}", *arguments)]
    await store.close()
    assert not [line for line in plan if "Seq Scan" in line]
