"""What imports and linters cannot see about the code (design 11.2, 11.6). The gates prove each can fail."""

from pathlib import Path

from tests.contracts import rules

ROOT = Path(__file__).resolve().parents[2]


def test_the_rules_see_the_whole_tree() -> None:
    seen = {name for name, _ in rules.modules(ROOT, rules.EVERYTHING)}
    assert {"libs/events/decider.py", "deploy/__init__.py", "tests/contracts/rules.py"} <= seen


def test_the_core_neither_waits_nor_reads_the_world() -> None:
    assert rules.impure_core(ROOT) == []


def test_chinese_lives_in_the_labels() -> None:
    assert rules.chinese_literals(ROOT) == []


def test_a_module_holds_one_idea() -> None:
    assert rules.long_modules(ROOT) == []


def test_a_function_fits_the_screen() -> None:
    assert rules.long_functions(ROOT) == []


def test_a_function_takes_few_things() -> None:
    assert rules.wide_functions(ROOT) == []


def test_a_module_knows_few_others() -> None:
    assert rules.crowded_imports(ROOT) == []


def test_there_is_no_drawer_and_no_pattern_name() -> None:
    assert rules.junk_names(ROOT) == []


def test_escapes_from_the_checks_are_rare_and_reasoned() -> None:
    assert rules.unreasoned_escapes(ROOT) == []
    found = rules.escapes(ROOT)
    assert len(found) <= rules.ESCAPES, found


def test_no_test_sleeps_as_a_wait() -> None:
    assert rules.sleeping_tests(ROOT) == []


def test_no_test_patches_skips_or_expects_to_fail() -> None:
    assert rules.weak_tests(ROOT) == []
