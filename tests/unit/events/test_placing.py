"""Our hash of keys is Kafka's: two clients that disagree would tear the order of a stream."""

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from libs.events.kafka.placing import hashed, hashed_all


@given(st.binary(max_size=80))
def test_every_key_hashes_as_the_client_does(key: bytes) -> None:
    assert hashed(key) == murmur2(key) & 0x7FFFFFFF


@given(st.uuids())
def test_the_key_of_a_matter_hashes_as_the_client_does(matter: object) -> None:
    key = str(matter).encode()
    assert hashed(key) == murmur2(key) & 0x7FFFFFFF


@given(st.lists(st.uuids(), max_size=40), st.lists(st.binary(max_size=80), max_size=2))
def test_many_keys_hash_as_each_of_them_does(matters: list[object], others: list[bytes]) -> None:
    keys = [str(matter).encode() for matter in matters] + others
    assert list(hashed_all(keys)) == [hashed(key) for key in keys]


@pytest.mark.parametrize(
    ("key", "known"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
def test_known_values_of_the_java_client(key: bytes, known: int) -> None:
    assert hashed(key) == known & 0x7FFFFFFF
