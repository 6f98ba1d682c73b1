"""The rules about the code that no linter knows (design 11.2 to 11.6), as functions of a source tree.

Each takes the root of a tree and returns its findings, so the gates can run them on a tree that breaks them.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

SOURCE = ("libs", "services", "deploy", "bench")
EVERYTHING = (*SOURCE, "tests")

MODULE_LINES = 300
ADAPTER_LINES = 400
PAGE_LINES = 200
FUNCTION_LINES = 40
TABLE_LINES = 80
PARAMETERS = 6
FIRST_PARTY_IMPORTS = 8
ESCAPES = 10

ADAPTERS = {"libs/events/postgres.py", "libs/events/kafka.py"}
PAGES = re.compile(r"(^|/)(app|routes|decider)\.py$|/decider/\w+\.py$|/contracts/(\w+/)?\w+\.py$")
CORE = re.compile(
    r"^services/\w+/(decider(/\w+)?|policies|commands)\.py$|^libs/events/(contracts/(\w+/)?\w+|timing/\w+|decider)\.py$"
)
IMPURE = {
  "getenv", "input", "monotonic", "now", "open", "perf_counter", "print", "sleep", "time", "today", "utcnow",
  "uuid1", "uuid4", "uuid7",
}  # fmt: skip
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
LABELS = "libs/events/labels.csv"
SLEEPERS = ("tests/waiting.py", "tests/simulation/")
"""The named functions of tests that sleep, and what runs by a clock of its own."""
DRAWERS = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "kit",
    "manager",
    "managers",
    "misc",
    "shared",
    "util",
    "utils",
}
SUFFIXES = ("Manager", "Helper", "Util", "Utils", "Impl", "Base", "Abstract", "DTO", "Service")
ESCAPE = re.compile(
    r"#\s*(type:\s*ignore|noqa)(\[[\w, -]+\]|:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?\s*(?P<reason>.*)"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every Python file under the folders, as (path from the root, text)."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def impure_core(root: Path) -> list[str]:
    """`async def`, and calls that read a clock, make an id or touch the world, inside the core."""
    found = []
    for name, text in modules(root, ("libs", "services")):
        if not CORE.search(name):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                found.append(f"{name}:{node.lineno} waits; the core takes values and gives values")
            if isinstance(node, ast.Call) and (called := called_name(node)) in IMPURE:
                found.append(f"{name}:{node.lineno} calls {called}(); time and ids arrive inside commands")
    return found


def called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def chinese_literals(root: Path) -> list[str]:
    """Chinese characters in source: they stand in the table of labels; tests and data files may hold them."""
    return [
        f"{name}:{number} has Chinese text; display text lives in {LABELS}"
        for name, text in modules(root, SOURCE)
        for number, line in enumerate(text.splitlines(), start=1)
        if CHINESE.search(line)
    ]


def long_modules(root: Path) -> list[str]:
    return [
        f"{name} has {lines} lines, {limit} are allowed"
        for name, text in modules(root, SOURCE)
        if (lines := text.count("\n")) > (limit := module_limit(name))
    ]


def module_limit(name: str) -> int:
    if name in ADAPTERS:
        return ADAPTER_LINES
    return PAGE_LINES if PAGES.search(name) else MODULE_LINES


def long_functions(root: Path) -> list[str]:
    found = []
    for name, text in modules(root, SOURCE):
        for function in functions(ast.parse(text)):
            limit = TABLE_LINES if is_table(function) else FUNCTION_LINES
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > limit:
                found.append(
                    f"{name}:{function.lineno} {function.name} has {lines} lines, {limit} are allowed"
                )
    return found


def is_table(function: Function) -> bool:
    """Whether the function is one `match` over its input (a decide or evolve table)."""
    return isinstance(function.body[-1], ast.Match)


def wide_functions(root: Path) -> list[str]:
    """Functions that want a frozen dataclass instead of so many parameters.

    A command of the command line is excused: its parameters are its options.
    """
    found = []
    for name, text in modules(root, SOURCE):
        for function in functions(ast.parse(text)):
            count = parameters(function)
            if count > PARAMETERS and not is_command(function):
                found.append(
                    f"{name}:{function.lineno} {function.name} takes {count}, {PARAMETERS} are allowed"
                )
    return found


def is_command(function: Function) -> bool:
    hints = [argument.annotation for argument in function.args.args if argument.annotation]
    return any("typer." in ast.unparse(hint) for hint in hints)


def parameters(function: Function) -> int:
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return sum(argument.arg not in {"self", "cls"} for argument in named)


def crowded_imports(root: Path) -> list[str]:
    """Modules that need too many others; a package's own face (`__init__`) may name all of its parts.

    Counted are the modules and packages named after `from` or `import`, each once.
    """
    return [
        f"{name} imports from {count} first-party modules, {FIRST_PARTY_IMPORTS} are allowed"
        for name, text in modules(root, SOURCE)
        if not name.endswith("__init__.py") and (count := len(first_party(text))) > FIRST_PARTY_IMPORTS
    ]


def first_party(text: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.Import(names=names):
                found.update(alias.name for alias in names)
            case _:
                continue
    return {module for module in found if module.partition(".")[0] in SOURCE}


def junk_names(root: Path) -> list[str]:
    """Modules that are drawers, and classes whose name says a pattern instead of a thing."""
    found = [
        f"{name} is a drawer; name the module after the one thing it does"
        for name, _ in modules(root, EVERYTHING)
        if DRAWERS & {part.lstrip("_") for part in name.removesuffix(".py").split("/")}
    ]
    for name, text in modules(root, EVERYTHING):
        found += [
            f"{name}:{node.lineno} class {node.name}: the suffix says nothing"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef) and node.name.endswith(SUFFIXES)
        ]
    return found


def escapes(root: Path) -> list[tuple[str, str]]:
    """Every `type: ignore`, `noqa` and `cast` of the repository, as (place, reason or "")."""
    found = []
    for name, text in modules(root, EVERYTHING):
        found += [(f"{name}:{line}", reason) for line, reason in (*ignores(text), *casts(text))]
    return found


def ignores(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (match := ESCAPE.match(token.string)):
            yield token.start[0], match["reason"].strip(" #-:")


def casts(text: str) -> Iterator[tuple[int, str]]:
    """Calls of typing's cast; they carry no reason of their own, only their number counts."""
    if not re.search(r"^from typing import .*\bcast\b", text, re.MULTILINE):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and called_name(node) == "cast":
            yield node.lineno, "cast"


def unreasoned_escapes(root: Path) -> list[str]:
    return [f"{place} escapes a check without saying why" for place, reason in escapes(root) if not reason]


def sleeping_tests(root: Path) -> list[str]:
    """Tests that sleep on the real clock; a pause of nothing only lets others go first."""
    found = []
    for name, text in modules(root, ("tests",)):
        if name.startswith(SLEEPERS):
            continue
        found += [
            f"{name}:{node.lineno} sleeps; wait for a fact with tests.waiting"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and called_name(node) == "sleep" and not lets_others_go(node)
        ]
    return found


def lets_others_go(call: ast.Call) -> bool:
    return isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def weak_tests(root: Path) -> list[str]:
    """Tests that patch behaviour, skip, or are expected to fail."""
    weak = {
        "setattr": "patches behaviour",
        "skip": "skips",
        "xfail": "expects to fail",
        "importorskip": "skips",
    }
    found = []
    for name, text in modules(root, ("tests",)):
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Attribute(
                    value=ast.Name(id="monkeypatch" | "pytest") | ast.Attribute(attr="mark"), attr=attr
                ):
                    if attr in weak:
                        found.append(f"{name}:{node.lineno} {weak[attr]}")
                case _:
                    continue
    return found
