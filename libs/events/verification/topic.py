"""One pass over a topic: which versions of which stream it holds, and whether in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from libs.events.codec import decode_fast
from libs.events.errors import Undecodable
from libs.events.fast import Fast
from libs.events.kafka import read_partition
from libs.events.reading import Partition
from libs.events.verification.findings import Findings

Version = tuple[str, int]


def digest(record: bytes) -> bytes:
    """Eight bytes stand for a record: an accident is found, and millions fit into memory."""
    return blake2b(record, digest_size=8).digest()


@dataclass
class Held:
    """What a topic holds: a digest per (stream, version), and how far each stream goes without a gap."""

    records: dict[Version, bytes] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    early: dict[str, set[int]] = field(default_factory=dict)

    def take(self, event: Fast, place: str, record: bytes, findings: Findings) -> None:
        """The next record of its partition. The first appearances of a stream must be 1, 2, 3 and so on."""
        version = event.stream, event.version
        known, found = self.records.get(version), digest(record)
        if known is not None:
            if known != found:
                findings.add("changed_bytes", place, f"{_named(version)} is there twice, with two contents")
            return
        self.records[version] = found
        reached = self.reached.get(event.stream, 0)
        if event.version != reached + 1:
            findings.add("wrong_order", place, f"{_named(version)} stands before version {reached + 1}")
            self.early.setdefault(event.stream, set()).add(event.version)
            return
        self._reach(event.stream, event.version)

    def _reach(self, stream: str, version: int) -> None:
        early = self.early.get(stream, set())
        while version + 1 in early:
            version += 1
        self.reached[stream] = version


async def held(bootstrap: str, prefix: str, ends: Mapping[Partition, int], findings: Findings) -> Held:
    """Read a topic from the first offset up to the ends. Raises OffsetLost and Unavailable."""
    topic_holds = Held()
    for (topic, partition), end in sorted(ends.items()):
        async for page in read_partition(bootstrap, topic, partition, 0, end):
            _take_page(topic_holds, prefix, f"{topic}/{partition}", page, findings)
    return topic_holds


def _take_page(
    into: Held,
    prefix: str,
    partition: str,
    page: Iterable[tuple[int, bytes | None, bytes | None]],
    findings: Findings,
) -> None:
    for offset, key, value in page:
        place = f"{partition}/{offset}"
        try:
            event = decode_fast(value or b"")
        except Undecodable as refusal:
            findings.add("unreadable_record", place, f"this record is no event: {refusal.reason}")
            continue
        if event.stream != f"{prefix}-{(key or b'').decode(errors='replace')}":
            findings.add("unreadable_record", place, f"{event.stream} stands under another key")
            continue
        into.take(event, place, value or b"", findings)


def _named(version: Version) -> str:
    return f"{version[0]}@{version[1]}"
