"""Kafka's jars: fetched once from Maven Central, verified against the lock file, kept in the cache folder.

`jgo` resolves one exact coordinate without Maven and without Java. Behind a mirror set `BIHUAN_MAVEN_MIRROR`
to its address; without any network set `BIHUAN_MAVEN_FOLDER` to a folder laid out like a Maven repository.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local import lock
from deploy.local.lock import Jar
from deploy.local.problem import Problem, said_plainly

_TIMEOUT = 60
"""Seconds one request may go without an answer."""
_THREADS = 8

Say = Callable[[str], object]


@dataclass(frozen=True)
class Source:
    """Where jars come from: the default repository, a mirror's address, or a folder (then nothing else)."""

    mirror: str | None = None
    folder: Path | None = None


def source_from_environment() -> Source:
    """Return the source that `BIHUAN_MAVEN_MIRROR` and `BIHUAN_MAVEN_FOLDER` name."""
    folder = os.environ.get("BIHUAN_MAVEN_FOLDER")
    return Source(os.environ.get("BIHUAN_MAVEN_MIRROR") or None, Path(folder) if folder else None)


def ensure(cache: Path, source: Source, say: Say, jars: tuple[Jar, ...] | None = None) -> tuple[Path, ...]:
    """Return the verified jars, fetching those that are missing or damaged. Raises `Problem`."""
    wanted = lock.read() if jars is None else jars
    place = folder(cache, wanted)
    with said_plainly(cache):
        place.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_THREADS) as pool:
            whole = list(pool.map(partial(is_whole, place), wanted))
            missing = [jar for jar, ok in zip(wanted, whole, strict=True) if not ok]
            if missing:
                say(f"Fetching {len(missing)} jars of Apache Kafka into {place}")
            list(pool.map(partial(_fetch_twice, place, source), missing))
    return tuple(place / jar.filename for jar in wanted)


def folder(cache: Path, jars: tuple[Jar, ...]) -> Path:
    """Return where the jars of one Kafka version are kept."""
    return cache / f"kafka-{lock.kafka_version(jars)}"


def is_whole(folder: Path, jar: Jar) -> bool:
    """Say whether the jar is there with the bytes of the lock file."""
    file = folder / jar.filename
    return file.is_file() and lock.sha256(file) == jar.sha256


def _fetch_twice(folder: Path, source: Source, jar: Jar) -> None:
    """Fetch one jar; a broken download is tried once more, because most are a passing fault."""
    try:
        _fetch(folder, source, jar)
    except Problem:
        _fetch(folder, source, jar)


def _fetch(folder: Path, source: Source, jar: Jar) -> None:
    """Download beside the target, verify, rename: a half file never bears the jar's name."""
    scratch = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    try:
        got = _resolve(scratch, source, jar)
        if lock.sha256(got) != jar.sha256:
            raise _broken(jar, "its checksum is not the one in deploy/local/kafka.lock")
        if not got.is_relative_to(scratch):
            got = Path(shutil.copy(got, scratch))
        got.replace(folder / jar.filename)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _resolve(scratch: Path, source: Source, jar: Jar) -> Path:
    """Let jgo find the jar; say a network or repository fault as a `Problem`."""
    import requests
    from jgo.maven import MavenContext

    context = MavenContext(
        repo_cache=scratch,
        local_repos=[source.folder] if source.folder else None,
        remote_repos={"mirror": source.mirror} if source.mirror else None,
        timeout=_TIMEOUT,
        offline=source.folder is not None,
    )
    try:
        return context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (RuntimeError, requests.RequestException) as error:
        raise _broken(jar, type(error).__name__) from error


def _broken(jar: Jar, why: str) -> Problem:
    return Problem(
        f"The download of {jar.filename} is broken ({why}).",
        "Check the network and run again; behind a mirror set BIHUAN_MAVEN_MIRROR,"
        " without network BIHUAN_MAVEN_FOLDER.",
    )
