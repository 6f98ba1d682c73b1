"""A log that cannot be written must not stop what it tells about (reliability R14, F8)."""

import subprocess
import sys
from pathlib import Path

LINES = """
import logging, sys, structlog
from libs.events import logs
logs.configure("intake", "INFO")
structlog.get_logger().info("started")
logging.getLogger("uvicorn.error").warning("started")
sys.stdout.write("went on")
"""


def said(error: Path) -> str:
    with error.open("w") as stream:
        done = subprocess.run(
            [sys.executable, "-c", LINES], stdout=subprocess.PIPE, stderr=stream, text=True, check=False
        )
    return done.stdout


def test_a_full_disk_under_the_log_is_no_error_of_the_service() -> None:
    assert said(Path("/dev/full")) == "went on"


def test_lines_are_written_while_there_is_room(tmp_path: Path) -> None:
    assert said(tmp_path / "log") == "went on"
    assert (tmp_path / "log").read_text().count('"service": "intake"') == 2
