"""Every published fact is known to the decider of the stage that owns it, and to no other."""

from types import ModuleType
from typing import Any, get_args

import pytest

from libs.events.contracts import Event, registry
from services.dispatch import decider as dispatch
from services.intake import decider as intake
from services.mediation import decider as mediation


@pytest.mark.parametrize("stage", [intake, dispatch, mediation])
def test_a_decider_knows_every_fact_of_its_stage(stage: ModuleType) -> None:
    name = stage.__name__.split(".")[1]
    owned = {fact for (kind, _), fact in registry().items() if kind.startswith(f"{name}.")}
    assert known(stage.Fact) == owned


def known(facts: Any) -> set[type[Event]]:
    return set(get_args(facts))
