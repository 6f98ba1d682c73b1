"""What a module offers is written down, sorted, and there."""

import importlib
import pkgutil

import pytest

import libs.events
from libs.events.contracts import dispatch, intake, mediation, reference, registry

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(libs.events.__path__, "libs.events.")
    if ".migrations" not in found.name
)


@pytest.mark.parametrize("name", MODULES)
def test_exported_names_exist_once_and_in_order(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert exported == sorted(set(exported))
    assert [missing for missing in exported if not hasattr(module, missing)] == []


def test_a_wire_name_belongs_to_the_stage_that_publishes_it() -> None:
    owners = {"intake": intake, "dispatch": dispatch, "mediation": mediation, "reference": reference}
    released = {key: fact for key, fact in registry().items() if fact.__module__.startswith("libs.")}
    for (kind, version), fact in released.items():
        stage = kind.partition(".")[0]
        owner = owners[stage].__name__
        assert fact.__module__ == owner or fact.__module__.startswith(f"{owner}."), kind
        assert version >= 1


def test_the_registry_is_a_copy() -> None:
    registry().clear()
    assert registry()
