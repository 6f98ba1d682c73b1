"""The demo knows in which partition Kafka's clients put a matter."""

from uuid import UUID, uuid5

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.partitions import partition_of

PARTITIONS = list(range(12))


@given(st.binary(min_size=1, max_size=64))
def test_a_key_lies_where_the_producer_puts_it(key: bytes) -> None:
    assert partition_of(key, 12) == DefaultPartitioner()(key, PARTITIONS, PARTITIONS)


def test_matters_spread_over_all_partitions() -> None:
    keys = (str(uuid5(UUID(int=0), str(number))).encode() for number in range(500))
    assert {partition_of(key, 12) for key in keys} == set(PARTITIONS)
