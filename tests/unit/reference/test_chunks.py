"""Chunks: one spelling for one content, small enough for a record, shared by editions that are alike."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.reference import Row, chunks
from libs.reference.chunks import BYTES, ROWS, rows_of
from tests.unit.reference.packs import Rows, tables

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
PEOPLE = st.lists(
    st.fixed_dictionaries(dict.fromkeys(("user", "org", "post", "roles", "valid_from", "valid_to"), TEXT)),
    max_size=40,
)


@settings(max_examples=40)
@given(PEOPLE.flatmap(lambda people: st.tuples(st.just(people), st.permutations(people))))
def test_chunks_do_not_depend_on_the_order_of_rows(orders: tuple[list[Row], list[Row]]) -> None:
    one, other = (tables() | {"people": people} for people in orders)
    assert chunks(one) == chunks(other)


@settings(max_examples=40)
@given(PEOPLE)
def test_the_rows_come_back_as_they_went(people: list[Row]) -> None:
    pieces = [piece for piece in chunks({"people": people}) if piece.table == "people"]
    back = [row for piece in pieces for row in rows_of(piece)]
    assert sorted(back, key=spelled) == sorted(people, key=spelled)
    assert all(sha256(piece.content.encode()).hexdigest() == piece.digest for piece in pieces)
    assert sum(piece.rows for piece in pieces) == len(people)


def spelled(row: Row) -> list[tuple[str, str]]:
    return sorted(row.items())


def crowd(count: int, name: str = "用户") -> Rows:
    return {"posts": [{"code": f"p{n:05}", "name": name, "org": "centre"} for n in range(count)]}


def test_a_chunk_is_small_enough_for_a_record() -> None:
    for pack in (crowd(5000), crowd(3000, "长" * 400)):
        found = chunks(pack)
        assert all(piece.rows <= ROWS and len(piece.content.encode()) <= BYTES for piece in found)
        assert sum(piece.rows for piece in found) == len(pack["posts"])


def test_a_row_more_changes_one_chunk_and_shares_the_others() -> None:
    old = crowd(5000)
    new: Rows = {"posts": [{"code": "p00000a", "name": "新", "org": "centre"}, *old["posts"]]}
    before, after = ({piece.digest for piece in chunks(pack)} for pack in (old, new))
    assert len(before) > 10
    assert len(after - before) <= 2


def test_columns_that_no_table_has_are_no_part_of_an_edition() -> None:
    pack = tables()
    extra: Rows = {table: [row | {"remark": "x"} for row in rows] for table, rows in pack.items()}
    assert chunks(extra) == chunks(pack)
