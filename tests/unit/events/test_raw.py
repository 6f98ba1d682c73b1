"""From batches as the broker sends them to rows: bounds, holes and checksums."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from libs.events.kafka.raw import Row, rows

NONE, ZSTD = 0, 4
BASE_OFFSET = slice(0, 8)


def batch(first: int, values: Sequence[bytes | None], compressed: int = ZSTD) -> bytes:
    """As the broker keeps it: the first offset is outside of what the checksum covers."""
    builder = DefaultRecordBatchBuilder(2, compressed, 0, -1, -1, -1, 1 << 20)
    for number, value in enumerate(values):
        assert builder.append(number, 1, b"key", value, [("name", b"value")])
    built = bytearray(builder.build())
    built[BASE_OFFSET] = first.to_bytes(8, "big")
    return bytes(built)


def batches(*parts: bytes) -> list[Any]:
    memory, found = MemoryRecords(b"".join(parts)), []
    while memory.has_next():
        found.append(memory.next_batch())
    return found


def row(offset: int, value: bytes | None) -> Row:
    return offset, b"key", value


@pytest.mark.parametrize("compressed", [NONE, ZSTD])
def test_rows_of_several_batches(compressed: int) -> None:
    parts = batches(batch(5, [b"a", None], compressed), batch(7, [b"c"], compressed))
    assert rows(parts, 5, 8) == [row(5, b"a"), row(6, None), row(7, b"c")]


def test_what_lies_before_and_behind_the_bounds_is_left_out() -> None:
    """The broker sends whole batches."""
    parts = batches(batch(0, [b"a", b"b", b"c"]), batch(3, [b"d", b"e"]))
    assert rows(parts, 1, 4) == [row(1, b"b"), row(2, b"c"), row(3, b"d")]
    assert rows(parts[:0], 1, 4) == []


def test_a_compacted_log_has_holes() -> None:
    assert rows(batches(batch(0, [b"a"]), batch(900, [b"b"])), 0, 1000) == [row(0, b"a"), row(900, b"b")]


def test_half_a_batch_at_the_end_is_none() -> None:
    assert rows(batches(batch(0, [b"a"]), batch(1, [b"b"])[:-1]), 0, 9) == [row(0, b"a")]


def test_a_wrong_checksum_gives_no_rows() -> None:
    good, bad = batch(0, [b"a"]), bytearray(batch(1, [b"b"]))
    bad[-1] ^= 1
    with pytest.raises(CorruptRecordException):
        rows(batches(good, bytes(bad)), 0, 9)
