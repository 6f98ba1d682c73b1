"""A jar is used only with the bytes of the lock file; anything else is fetched again, then refused."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.local import jars, lock
from deploy.local.jars import Source
from deploy.local.lock import Jar
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem

GOOD = b"the bytes of the jar"
JAR = Jar("org.apache.kafka", "kafka-clients", "9.9.9", hashlib.sha256(GOOD).hexdigest())


class Mirror(ThreadingHTTPServer):
    """A Maven repository that gives its answers to the requests for jars in turn, the last one for ever."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.asked = 0
        super().__init__((LOOPBACK, 0), _Answer)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}/maven"

    def next_answer(self) -> bytes:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Mirror)
        if not self.path.endswith(".jar"):
            self.send_error(404)
            return
        body = self.server.next_answer()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def log_error(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror([GOOD]) as server:
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def silent(_line: str) -> None:
    """Hear nothing."""


def test_a_jar_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    for _ in range(2):
        (found,) = jars.ensure(tmp_path, Source(mirror=mirror.url), silent, (JAR,))
        assert found.read_bytes() == GOOD
    assert mirror.asked == 1


def test_a_broken_download_is_tried_once_more(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers[:] = [b"half of", GOOD]
    (found,) = jars.ensure(tmp_path, Source(mirror=mirror.url), silent, (JAR,))
    assert found.read_bytes() == GOOD
    assert mirror.asked == 2


def test_a_download_that_stays_broken_is_refused_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers[:] = [b"something else"]
    with pytest.raises(Problem, match=r"kafka-clients-9.9.9.jar is broken .*checksum.*Check the network"):
        jars.ensure(tmp_path, Source(mirror=mirror.url), silent, (JAR,))
    assert mirror.asked == 2
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_mirror_that_does_not_answer_is_a_broken_download(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="BIHUAN_MAVEN_MIRROR"):
        jars.ensure(tmp_path, Source(mirror=f"http://{LOOPBACK}:1/maven"), silent, (JAR,))


def test_a_jar_changed_in_the_cache_is_fetched_anew(mirror: Mirror, tmp_path: Path) -> None:
    (found,) = jars.ensure(tmp_path, Source(mirror=mirror.url), silent, (JAR,))
    found.write_bytes(b"changed by somebody")
    jars.ensure(tmp_path, Source(mirror=mirror.url), silent, (JAR,))
    assert found.read_bytes() == GOOD


def test_a_folder_replaces_the_network(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    place = folder / "org" / "apache" / "kafka" / "kafka-clients" / "9.9.9"
    place.mkdir(parents=True)
    (place / JAR.filename).write_bytes(GOOD)
    (found,) = jars.ensure(tmp_path / "cache", Source(folder=folder), silent, (JAR,))
    assert found.read_bytes() == GOOD
    assert (place / JAR.filename).read_bytes() == GOOD
    with pytest.raises(Problem, match="BIHUAN_MAVEN_FOLDER"):
        jars.ensure(tmp_path / "other", Source(folder=tmp_path), silent, (JAR,))


def test_the_lock_file_names_exact_versions_and_no_addresses() -> None:
    locked = lock.read()
    assert len({(jar.group, jar.artifact) for jar in locked}) == len(locked) == 46
    assert {jar.version for jar in locked if jar.group == "org.apache.kafka"} == {lock.kafka_version(locked)}
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert "://" not in lock.LOCK_FILE.read_text()
