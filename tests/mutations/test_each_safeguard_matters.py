"""Take each safeguard away, one at a time: its named test goes red, and by an assertion about effects."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from libs.events.safeguards import SAFEGUARDS, VARIABLE, Safeguard
from tests.mutations.matters import NOT_SIMULATED, SIMULATION, WITNESSES, Witness

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
ALONE = sorted(name for name, witness in WITNESSES.items() if not witness.servers)
ON_KAFKA = ["drain", "seek-on-assignment"]


def run(witness: Witness, broken: str | None, **addresses: str) -> str:
    """The last line of pytest's report on the one test."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ |= {VARIABLE: broken} if broken else {}
    plugins = [
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *(["-p", "tests.mutations.arming"] if broken else []),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--no-header", "-n", "0", *plugins, witness.test],
        cwd=ROOT,
        env=environ | addresses,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout.strip().splitlines()[-1] if done.stdout else done.stderr


def goes_red(witness: Witness, broken: str, **addresses: str) -> None:
    assert re.match(r"1 failed in ", run(witness, broken, **addresses))


@pytest.mark.parametrize("safeguard", ALONE)
def test_without_it_its_test_fails(safeguard: Safeguard) -> None:
    goes_red(WITNESSES[safeguard], safeguard)


@pytest.mark.parametrize("safeguard", sorted(set(SAFEGUARDS) - NOT_SIMULATED))
def test_without_it_a_seed_breaks_a_promise(safeguard: Safeguard) -> None:
    goes_red(SIMULATION, safeguard)


def test_without_the_to_do_list_a_late_row_is_lost(postgres_dsn: str) -> None:
    goes_red(WITNESSES["to-do-list"], "to-do-list", TEST_POSTGRES_DSN=postgres_dsn)


def test_without_the_to_do_list_the_stress_test_fails(postgres_dsn: str, kafka_bootstrap: str) -> None:
    stress = Witness(
        "tests/integration/outbox/test_stress.py::test_the_consumer_sees_exactly_the_events_table[alive]"
    )
    addresses = {"TEST_POSTGRES_DSN": postgres_dsn, "TEST_KAFKA_BOOTSTRAP": kafka_bootstrap}
    goes_red(stress, "to-do-list", OUTBOX_STRESS_SECONDS="3", **addresses)


@pytest.mark.parametrize("safeguard", ON_KAFKA)
def test_without_it_the_consumers_test_fails(safeguard: Safeguard, kafka_bootstrap: str) -> None:
    goes_red(WITNESSES[safeguard], safeguard, TEST_KAFKA_BOOTSTRAP=kafka_bootstrap)


def test_the_variable_alone_breaks_nothing() -> None:
    """Only the plugin arms; the environment of a test run that lacks it changes nothing."""
    environ = os.environ | {VARIABLE: "stream-versions"}
    asked = "from libs.events.safeguards import removed; print(removed('stream-versions'))"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_every_safeguard_has_its_test_and_its_line_in_the_document() -> None:
    assert set(WITNESSES) == set(SAFEGUARDS)
    page = (ROOT / "docs/chaos/README.md").read_text(encoding="utf-8")
    for safeguard, witness in WITNESSES.items():
        assert f"| `{safeguard}` |" in page
        assert f"`{witness.test.rpartition('::')[2]}`" in page
