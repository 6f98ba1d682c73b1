"""The other side of `bench.tasks`: runs one function and prints its figures as JSON. Standard library only.

Peers are measured by an interpreter of their own, so nothing of ours is imported here.
"""

import importlib
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any


def main(name: str, arguments: str) -> None:
    """`module:function` answers a sample, or a mapping like one."""
    module, _, function = name.partition(":")
    found: Any = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    if is_dataclass(found) and not isinstance(found, type):
        found = asdict(found)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
