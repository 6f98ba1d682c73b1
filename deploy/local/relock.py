"""Write `kafka.lock` anew for another Kafka version: `python -m deploy.local.relock 4.3.1`."""

import sys
import tempfile
from pathlib import Path

from deploy.local import lock
from deploy.local.lock import Jar

_HEAD = """\
# Apache Kafka {version}: the broker, its runtime dependencies, and the slf4j binding of its log4j.
# group artifact version sha256. Written by: python -m deploy.local.relock {version}
"""


def coordinates(version: str, cache: Path) -> list[tuple[str, str, str]]:
    """Return what the broker needs at run time, and the binding without which it logs nothing."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=cache)
    pom = context.project("org.apache.kafka", "kafka_2.13").at_version(version).pom()
    found = [
        (d.groupId, d.artifactId, d.version) for d in (n.dep for n in context.pom_dependency_list(pom)[1])
    ]
    log4j = next(v for _, artifact, v in found if artifact == "log4j-core")
    ours = [
        ("org.apache.kafka", "kafka_2.13", version),
        ("org.apache.logging.log4j", "log4j-slf4j-impl", log4j),
    ]
    return sorted([*found, *ours])


def relock(version: str) -> int:
    """Download every jar, write the lock file, and return how many lines it has."""
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=60)
        jars = []
        for g, a, v in coordinates(version, Path(folder)):
            file = context.project(g, a).at_version(v).artifact().resolve()
            jars.append(Jar(g, a, v, lock.sha256(file)))
    lines = [f"{jar.group} {jar.artifact} {jar.version} {jar.sha256}\n" for jar in jars]
    lock.LOCK_FILE.write_text(_HEAD.format(version=version) + "".join(lines), encoding="utf-8")
    return len(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{relock(sys.argv[1])} jars locked\n")
