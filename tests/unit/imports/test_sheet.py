"""Registers come as CSV in two encodings, with and without a mark, and as workbooks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from deploy.register.sheet import SheetError, open_sheet
from tests.unit.imports.registers import CLOSED, HEADER, write

MOMENT = datetime.fromisoformat("2019-03-01 08:30")
"""Excel knows no zones."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    sheet = open_sheet(write(tmp_path / "r.csv", CLOSED, encoding=encoding))
    assert sheet.header == HEADER
    assert list(sheet.rows()) == [(2, list(CLOSED))]


def test_a_stated_encoding_is_believed(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", CLOSED, encoding="gb18030")
    assert open_sheet(file, "gb18030").header == HEADER
    with pytest.raises(SheetError):
        list(open_sheet(file, "utf-8").rows())


def test_bytes_in_no_known_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"\xff\xff\x00\xff\n")
    with pytest.raises(SheetError, match="neither"):
        open_sheet(tmp_path / "r.csv")


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"")
    with pytest.raises(SheetError, match="no header"):
        open_sheet(tmp_path / "r.csv")


def test_a_missing_file_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="No such file"):
        open_sheet(tmp_path / "absent.csv")


def test_a_broken_quotation_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text('a,b\n"x" y,1\n')
    with pytest.raises(SheetError, match=r"r\.csv"):
        list(open_sheet(tmp_path / "r.csv").rows())


def test_blank_rows_are_left_out_and_row_numbers_stay_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("a,b\n1,2\n,\n3,4\n")
    assert [number for number, _ in open_sheet(file).rows()] == [2, 4]


def _workbook(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    book = xlsxwriter.Workbook(path)
    fill(book)
    book.close()
    return path


def test_a_workbook_gives_moments_and_whole_numbers(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("登记簿")
        page.write_row(0, 0, ["编号", "立案", "人数"])
        page.write_row(1, 0, ["A-1"])
        page.write_datetime(1, 1, MOMENT, book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(1, 2, 12)

    sheet = open_sheet(_workbook(tmp_path / "r.xlsx", fill))
    assert sheet.header == ("编号", "立案", "人数")
    assert list(sheet.rows()) == [(2, ["A-1", MOMENT, "12"])]


def test_a_page_of_a_workbook_is_chosen_by_name(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("封面").write_row(0, 0, ["x"])
        book.add_worksheet("登记簿").write_row(0, 0, ["编号"])

    file = _workbook(tmp_path / "r.xlsx", fill)
    assert open_sheet(file, sheet="登记簿").header == ("编号",)
    with pytest.raises(SheetError):
        open_sheet(file, sheet="没有")


def test_a_text_named_xlsx_is_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(SheetError):
        open_sheet(write(tmp_path / "r.xlsx", CLOSED))
