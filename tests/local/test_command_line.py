"""Every command is listed, and loads when it is called."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from deploy.cli import COMMANDS, build
from deploy.local import paths

PRESENT = [name for name, entry in COMMANDS.items() if find_spec(f"deploy.cli.{entry.module}")]


@pytest.mark.parametrize("name", PRESENT)
def test_a_command_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(build(name), [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert f"{name} [OPTIONS]" in answer.output


def test_the_list_names_every_command() -> None:
    listed = CliRunner().invoke(build(""), ["--help"]).output
    assert [name for name in PRESENT if f" {name} " not in listed] == []


def test_a_command_does_not_load_the_others() -> None:
    question = (
        "import sys; from deploy.cli import build; build('status'); print('deploy.cli.token' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", question], cwd=paths.PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
