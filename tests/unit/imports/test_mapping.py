"""A mapping that does not fit is refused with every reason before anything is sent."""

from pathlib import Path

import pytest

from deploy.register.mapping import MappingError, load
from tests.unit.imports.registers import HEADER, plan


def test_the_header_fits() -> None:
    plan().fit(HEADER)


def test_unknown_missing_and_doubled_columns_are_told_together() -> None:
    with pytest.raises(MappingError) as refused:
        plan().fit(("编号", "编号", "陌生", *HEADER[2:]))
    assert len(refused.value.reasons) == 3
    assert any("'陌生' is not mapped" in reason for reason in refused.value.reasons)
    assert any("'渠道' is not in the file" in reason for reason in refused.value.reasons)
    assert any("'编号' is in the file twice" in reason for reason in refused.value.reasons)


def _load(tmp_path: Path, text: str) -> MappingError:
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as refused:
        load(tmp_path / "m.yaml")
    return refused.value


def test_unknown_doubled_and_missing_fields_are_told_together(tmp_path: Path) -> None:
    refused = _load(
        tmp_path,
        "source_system: old\nkind: case\ntimes: {zone: Mars/Olympus}\n"
        "columns: {a: external_no, b: colour, c: channel}\nconstants: {channel: '03'}\n",
    )
    reasons = " | ".join(refused.reasons)
    assert "'colour' does not exist" in reasons
    assert "'channel' is stated twice" in reasons
    assert "'filed_at' is required" in reasons
    assert "Mars/Olympus" in reasons


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        "kind: ship\nsource_system: old\ncolumns: {}",
        "a: [",
        "source_system: 'a b'\nkind: case\ncolumns: {}",
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert _load(tmp_path, text).reasons


def test_a_changed_mapping_has_another_digest() -> None:
    assert plan().digest == plan().digest
    assert plan().digest != plan(constants={"dispatched_by": "duty", "closed_by": "other"}).digest
