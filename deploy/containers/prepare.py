"""The one-shot of deploy/compose.yaml: topics as written down, and the keys that are missing.

`BIHUAN_HOME` keeps the private signing key; the services see only `BIHUAN_KEYS` (public keys, sealing key).
"""

import os
import shutil
import sys
from pathlib import Path

from deploy.local import kafka_probe, keys, paths, topics
from deploy.local.problem import Problem
from deploy.local.wait import until

SECONDS = 120.0
"""How long a broker may take to start before this attempt gives up; compose tries again."""


def prepare(bootstrap: str, shared: Path) -> None:
    """Create and correct the topics, make missing keys, and lay out what the services may read."""
    made = keys.ensure(paths.prepare(paths.resolve()).home)
    for file in (made.jwks, made.sealing):
        shutil.copy(file, shared)
    if not until(lambda: kafka_probe.is_ready(bootstrap), SECONDS, pause=0.5):
        raise Problem(f"Kafka at {bootstrap} gave no answer within {SECONDS:.0f} s.", "Look at its log.")
    changes = topics.ensure(bootstrap, topics.read())
    sys.stdout.write(f"topics created: {len(changes.created)}, corrected: {len(changes.corrected)}\n")


if __name__ == "__main__":
    try:
        prepare(os.environ["BIHUAN_KAFKA_BOOTSTRAP"], Path(os.environ["BIHUAN_KEYS"]))
    except Problem as problem:
        sys.exit(str(problem))
