"""A row of the register becomes a row of ours, or every reason why it cannot, at once."""

from datetime import UTC, datetime

import pytest

from deploy.register.mapping import RegisterMap
from deploy.register.translate import Translated, Translator
from services.dispatch.imports import CaseRow
from tests.unit.imports.registers import HEADER, plan, row

NOW = datetime(2020, 7, 1, tzinfo=UTC)


def _translate(*cells: str | datetime, mapping: RegisterMap | None = None) -> Translated:
    return Translator(mapping or plan(), HEADER, NOW).translate(2, cells)


def _codes(translated: Translated) -> set[tuple[str, str]]:
    assert translated.row is None
    return {(fault.field, fault.code) for fault in translated.faults}


def test_a_good_row_has_codes_and_instants() -> None:
    found = _translate(*row()).row
    assert isinstance(found, CaseRow)
    assert (found.channel, found.category, found.unit, found.outcome) == (
        "03",
        "2.EVENT.LITTER",
        "urban",
        "O1",
    )
    assert found.filed_at == datetime(2019, 3, 1, 0, 30, tzinfo=UTC)
    assert (found.person_in_charge, found.handled_by, found.closed_by) == ("u-1", "u-1", "closer")


def test_all_reasons_of_a_row_come_at_once() -> None:
    bad = row(渠道="飞鸽", 分类="", 派遣="昨天", 签收="2019-02-01 10:00:00", 结果="")
    assert _codes(_translate(*bad)) == {
        ("channel", "unknown_value"),
        ("category", "missing"),
        ("dispatched_at", "bad_time"),
        ("result", "missing"),
        ("outcome", "missing"),
    }


def test_an_end_before_its_start_is_found() -> None:
    assert _codes(_translate(*row(结案="2019-03-01 08:31:00"))) == {("closed_at", "before_previous")}


def test_a_step_needs_the_step_before_it() -> None:
    assert _codes(_translate(*row(签收="", 责任人=""))) == {
        ("signed_at", "missing"),
        ("handled_by", "missing"),
    }


def test_a_number_is_needed_and_comes_once() -> None:
    assert ("external_no", "missing") in _codes(_translate(*row(编号="")))
    translator = Translator(plan(), HEADER, NOW)
    assert translator.translate(2, row()).row is not None
    assert _codes(translator.translate(3, row())) == {("external_no", "duplicate_number")}


def test_the_future_is_not_imported() -> None:
    assert ("closed_at", "in_future") in _codes(_translate(*row(结案="2021-03-03 10:00:00")))


def test_a_row_with_more_cells_than_the_header_is_refused() -> None:
    assert _codes(_translate(*row(), "更多")) == {("", "too_many_cells")}


@pytest.mark.parametrize("text", ["u\x001", "u\ud800"])
def test_characters_that_cannot_be_stored_are_refused(text: str) -> None:
    assert _codes(_translate(*row(责任人=text))) >= {("person_in_charge", "bad_text")}


@pytest.mark.parametrize("text", ["2019-02-30 10:00:00", "2019/03/01", "43525", "2019-03-01T25:00:00"])
def test_a_bad_time_is_never_guessed(text: str) -> None:
    assert ("filed_at", "bad_time") in _codes(_translate(*row(立案=text)))


def test_a_moment_of_a_workbook_takes_the_zone_of_the_mapping() -> None:
    cells = [
        datetime.fromisoformat("2019-03-01 08:00") if name == "立案" else cell
        for name, cell in zip(HEADER, row(), strict=True)
    ]
    found = _translate(*cells).row
    assert isinstance(found, CaseRow)
    assert found.filed_at == datetime(2019, 3, 1, tzinfo=UTC)


def test_other_time_formats_are_stated_in_the_mapping() -> None:
    mapping = plan(times={"formats": ["%Y年%m月%d日", "%Y-%m-%d %H:%M:%S"]})
    assert _translate(*row(立案="2019年03月01日"), mapping=mapping).row is not None


def test_a_column_with_a_separator_states_several_values() -> None:
    mapping = RegisterMap.model_validate(
        {
            "source_system": "old",
            "kind": "dispute",
            "columns": {
                "编号": "external_no", "渠道": "channel", "分类": "category", "社区": "org_code",
                "立案": "registered_at", "责任人": "registered_by",
                "备注": {"fields": "mediators", "separator": "、"},
            },
        }
    )  # fmt: skip
    found = _translate(*row(渠道="13", 分类="5.DC.02", 备注="m-1、m-2"), mapping=mapping).row
    assert found is not None
    assert found.model_dump()["mediators"] == ("m-1", "m-2")
