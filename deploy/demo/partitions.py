"""Which partition a matter lies in, by the hash that Kafka's clients use, to know whom to wait for."""

_MASK = 0xFFFFFFFF
_M, _R, _SEED = 0x5BD1E995, 24, 0x9747B28C


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a record key under Kafka's default partitioner."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, seeded as Kafka seeds it."""
    value = (_SEED ^ len(data)) & _MASK
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        value = (value * _M & _MASK) ^ ((word ^ (word >> _R)) * _M & _MASK)
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _MASK
    value = (value ^ (value >> 13)) * _M & _MASK
    return value ^ (value >> 15)
