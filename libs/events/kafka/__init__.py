"""Kafka behind one supervised package, the only importer of aiokafka (reliability 1.5).

aiokafka 0.14 works well while the broker is well. What it does when the broker is not was measured, and
each guard here answers one of those findings.
"""

from libs.events.kafka.consumer import ConsumerLoop
from libs.events.kafka.group import Group
from libs.events.kafka.producer import Producer
from libs.events.kafka.tail import tail
from libs.events.kafka.topics import OffsetLost, PartitionReader, end_offsets, read_partition, reading

__all__ = [
    "ConsumerLoop",
    "Group",
    "OffsetLost",
    "PartitionReader",
    "Producer",
    "end_offsets",
    "read_partition",
    "reading",
    "tail",
]
