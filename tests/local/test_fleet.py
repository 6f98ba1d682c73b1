"""Replicas of the services, with a stand-in for each: a process that answers on its port, or does not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local import fleet, keys, services
from deploy.local.paths import Paths
from deploy.local.problem import Problem
from deploy.local.process import kill
from deploy.local.services import Surroundings
from deploy.local.site import Site
from deploy.local.state import State

_ANSWERS = """
import os, http.server
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *a): pass
print("replica", os.environ["BIHUAN_REPLICA"], os.environ["BIHUAN_POSTGRES_DSN"], flush=True)
http.server.HTTPServer((os.environ["BIHUAN_HOST"], int(os.environ["BIHUAN_PORT"])), Ready).serve_forever()
"""
_ENDS = "raise SystemExit('OSError: [Errno 28] No space left on device')"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "logs").mkdir()
    made = Site(Paths(tmp_path, tmp_path), State(tmp_path / "state.json"), {}, lambda _line: None)
    yield made
    fleet.down(made)


def around(site: Site, code: str = _ANSWERS, database: str = "one") -> Surroundings:
    home = site.paths.home
    for stage in services.STAGES:
        (home / "services" / stage).mkdir(parents=True, exist_ok=True)
        (home / "services" / stage / "__main__.py").write_text(code)
    # A package of its own, so that it stands before the project's where that one is installed.
    (home / "services" / "__init__.py").touch()
    dsn = {stage: f"postgresql://{database}/{stage}" for stage in services.STAGES}
    return Surroundings("127.0.0.1:1", dsn, keys.files(home), site.mark, site.paths.logs, home)


def pids(site: Site) -> Mapping[str, int]:
    return {name: running.pid for name, running in site.state.running.items()}


def test_scaling_one_stage_leaves_the_others_alone(site: Site) -> None:
    told = around(site)
    fleet.up(site, told, {"intake": 1, "dispatch": 1})
    before = pids(site)
    fleet.up(site, told, {"intake": 1, "dispatch": 3})
    more = pids(site)
    assert set(more) == {"intake-0", "dispatch-0", "dispatch-1", "dispatch-2"}
    assert before.items() <= more.items()
    fleet.up(site, told, {"intake": 1, "dispatch": 1})
    assert pids(site) == before


def test_each_replica_is_told_its_own_number_and_its_stages_database(site: Site) -> None:
    fleet.up(site, around(site), {"dispatch": 2})
    said = [(site.paths.logs / f"dispatch-{n}.log").read_text().split() for n in range(2)]
    assert said == [["replica", str(n), "postgresql://one/dispatch"] for n in range(2)]


def test_a_replica_that_was_told_something_outdated_is_started_again(site: Site) -> None:
    fleet.up(site, around(site), {"dispatch": 1})
    before = pids(site)
    fleet.up(site, around(site, database="moved"), {"dispatch": 1})
    assert pids(site) != before


def test_a_dead_replica_comes_back_on_its_port(site: Site) -> None:
    told = around(site)
    (first,) = fleet.up(site, told, {"dispatch": 1})
    kill(site.state.running["dispatch-0"].child)
    (again,) = fleet.up(site, told, {"dispatch": 1})
    assert again == first


def test_a_replica_that_ends_at_once_is_explained_from_its_log(site: Site) -> None:
    with pytest.raises(Problem, match=r"dispatch-0 did not start: The disk is full.*dispatch-0\.log"):
        fleet.up(site, around(site, code=_ENDS), {"dispatch": 1})


def test_keys_are_made_once_and_the_private_ones_are_private(tmp_path: Path) -> None:
    made = keys.ensure(tmp_path)
    texts = [file.read_text() for file in (made.signing, made.sealing, made.jwks)]
    assert [file.read_text() for file in (made.signing, made.sealing, made.jwks)] == texts
    keys.ensure(tmp_path)
    assert [file.read_text() for file in (made.signing, made.sealing, made.jwks)] == texts
    assert {file.stat().st_mode & 0o077 for file in (made.signing, made.sealing)} == {0}
    assert '"d"' not in made.jwks.read_text()
