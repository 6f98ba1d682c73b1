"""The rules of tests/contracts/rules.py on trees that break them, one violation each."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.contracts import rules

LONG = "x = 1\n"

VIOLATIONS: list[tuple[Callable[[Path], Sequence[object]], str, str]] = [
    (rules.impure_core, "services/dispatch/decider.py", "async def decide() -> None: ...\n"),
    (
        rules.impure_core,
        "services/dispatch/decider/lifecycle.py",
        "def decide(clock):\n    return clock.now()\n",
    ),
    (rules.impure_core, "services/intake/policies.py", "from uuid import uuid4\nID = uuid4()\n"),
    (rules.impure_core, "libs/events/contracts/intake.py", "print('hello')\n"),
    (rules.impure_core, "libs/events/contracts/dispatch/result.py", "print('hello')\n"),
    (rules.chinese_literals, "services/dispatch/routes.py", "STATUS = '已办结'\n"),
    (rules.chinese_literals, "libs/events/labels.py", "STATUS = '已办结'\n"),
    (rules.chinese_literals, "deploy/local/kafka.py", "# 说明\n"),
    (rules.long_modules, "libs/events/execute.py", LONG * 301),
    (rules.long_modules, "libs/events/labels.py", LONG * 301),
    (rules.long_modules, "libs/events/postgres.py", LONG * 401),
    (rules.long_modules, "services/intake/decider.py", LONG * 201),
    (rules.long_modules, "services/dispatch/decider/requests.py", LONG * 201),
    (rules.long_modules, "libs/events/contracts/mediation.py", LONG * 201),
    (rules.long_modules, "libs/events/contracts/dispatch/result.py", LONG * 201),
    (rules.long_functions, "libs/events/execute.py", "def long() -> None:\n" + "    x = 1\n" * 40),
    (rules.wide_functions, "libs/events/execute.py", "def wide(a, b, c, d, *, e, f, g) -> None: ...\n"),
    (rules.crowded_imports, "services/x/app.py", "".join(f"import libs.events.m{n}\n" for n in range(9))),
    (rules.junk_names, "libs/events/utils.py", ""),
    (rules.junk_names, "services/dispatch/common/words.py", ""),
    (rules.junk_names, "tests/unit/helpers.py", ""),
    (rules.junk_names, "libs/events/outbox.py", "class OutboxManager: ...\n"),
    (rules.unreasoned_escapes, "libs/events/outbox.py", "x: int = ''  # type: ignore[assignment]\n"),
    (rules.unreasoned_escapes, "libs/events/outbox.py", "import os  # noqa: F401\n"),
    (
        rules.weak_tests,
        "tests/unit/test_x.py",
        "def test_x(monkeypatch):\n    monkeypatch.setattr('a.b', 1)\n",
    ),
    (rules.sleeping_tests, "tests/chaos/f99.py", "async def x():\n    await asyncio.sleep(1.0)\n"),
    (rules.weak_tests, "tests/unit/test_x.py", "import pytest\n\n@pytest.mark.skip\ndef test_x(): ...\n"),
    (rules.weak_tests, "tests/unit/test_x.py", "import pytest\n\ndef test_x():\n    pytest.skip('no')\n"),
]


@pytest.mark.parametrize(("rule", "name", "text"), VIOLATIONS)
def test_a_violation_is_found(
    tmp_path: Path, rule: Callable[[Path], Sequence[object]], name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert len(rule(tmp_path)) == 1


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (rules.chinese_literals, "libs/events/labels.csv", "codes,CLOSED,已办结,Closed\n"),
        (rules.chinese_literals, "tests/unit/test_x.py", "STATUS = '已办结'\n"),
        (rules.long_functions, "services/x/decider.py",
         "def decide(c):\n    match c:\n" + "        case 1:\n            pass\n" * 38),
        (rules.impure_core, "libs/events/execute.py", "async def execute() -> None: ...\n"),
        (rules.sleeping_tests, "tests/unit/test_x.py", "async def x():\n    await asyncio.sleep(0)\n"),
        (rules.unreasoned_escapes, "libs/events/x.py", "import os  # noqa: F401 -- registers the codec\n"),
    ],
)  # fmt: skip
def test_what_is_allowed_is_left_alone(
    tmp_path: Path, rule: Callable[[Path], Sequence[object]], name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert rule(tmp_path) == []


def test_every_escape_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "libs" / "x.py"
    path.parent.mkdir()
    path.write_text(
        "from typing import cast\nx = cast(int, '')\ny: int = ''  # type: ignore[assignment]  # why\n"
        "import os  # noqa: F401 -- why\n"
    )
    assert len(rules.escapes(tmp_path)) == 3
