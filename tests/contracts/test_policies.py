"""What a policy says it looks at is what it looks at: a kind left out would be passed over in silence."""

import ast
import inspect
from types import ModuleType

import pytest

from libs.events.contracts import registry
from libs.events.reactions import Policy
from services.dispatch import policies as dispatch
from services.intake import policies as intake
from services.mediation import policies as mediation


def _policies(module: ModuleType) -> list[Policy]:
    return [value for value in vars(module).values() if isinstance(value, Policy)]


def _matched(policy: Policy) -> set[str]:
    """The classes that the function's match statements name."""
    tree = ast.parse(inspect.getsource(policy.react))
    patterns = (node.cls for node in ast.walk(tree) if isinstance(node, ast.MatchClass))
    return {ast.unparse(pattern) for pattern in patterns}


@pytest.mark.parametrize("module", [intake, dispatch, mediation])
def test_a_policy_names_exactly_the_facts_it_matches(module: ModuleType) -> None:
    names = {kind: fact.__name__ for (kind, _), fact in registry().items()}
    found = _policies(module)
    assert len(found) == 2
    for policy in found:
        assert {names[kind] for kind in policy.kinds} == _matched(policy)
