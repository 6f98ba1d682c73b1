"""The committed list of Kafka's jars: `group artifact version sha256`, one line each, no addresses."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("kafka.lock")


@dataclass(frozen=True, order=True)
class Jar:
    """One jar by exact Maven coordinate and the sha256 its bytes must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """Its file name, as Maven forms it."""
        return f"{self.artifact}-{self.version}.jar"


def read(file: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """Return the jars of the lock file."""
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(Jar(*fields) for fields in lines if fields and not fields[0].startswith("#"))


def kafka_version(jars: tuple[Jar, ...]) -> str:
    """Return the version of Apache Kafka in the list."""
    return next(jar.version for jar in jars if jar.artifact == "kafka-clients")


def sha256(file: Path) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
