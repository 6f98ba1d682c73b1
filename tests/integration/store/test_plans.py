"""No statement of a stage ever reads a whole table, whatever the statistics say (performance C5)."""

from typing import Any

import pytest

from libs.events.postgres import PostgresStore, appending, statements
from libs.events.postgres.rows import given, writing
from libs.events.recording import Origin, recorded
from libs.events.schema import upgrade
from tests.conformance.samples import NOON, answer, key_of, matter, offers, stream

_HELD = offers("a", 3)
_RECORDED = recorded("/s", [_HELD], NOON)
GIVEN = given([writing([_HELD], _RECORDED, answer(), [key_of("a")])])
TIMED = given([writing([_HELD], _RECORDED)])._replace(moves=[(stream("a"), "PERIOD", NOON, "c1")])
PLANS: dict[str, tuple[str, list[Any]]] = {
    "read": (statements.READ, [stream("a")]),
    "versions": (statements.VERSIONS, [[stream("a")]]),
    "append": appending.filled(GIVEN),
    "append arrays": appending.filled(GIVEN, ()),
    "keys": (statements.KEYS, [[matter("a")]]),
    "answer": (statements.ANSWER, ["li.na", "k1"]),
    "applied": (statements.APPLIED, [[stream("a")]]),
    "troubled": (statements.TROUBLED, [[stream("a")]]),
    "turn": (statements.TURN, [[1], [2], 10, "reference-", "case.reference"]),
    "append clocks": appending.filled(TIMED),
    "append clocks arrays": appending.filled(TIMED, ()),
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
