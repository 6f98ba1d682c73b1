"""A pack as a folder: what is written is read again the same, and what cannot be read is said."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.packs import read_pack, write_pack
from libs.reference import Fault, Header, Tables, prepared
from tests.unit.reference.packs import header, tables


def digest(found: Tables, written: Header) -> str:
    return prepared(found, written)[0].digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pack(tmp_path, tables(), header())
    return tmp_path


def test_what_is_written_is_read_again_the_same(folder: Path) -> None:
    pack = read_pack(folder)
    assert pack.faults() == []
    assert digest(pack.tables, pack.header) == digest(tables(), header())


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=2, max_size=2), note=NAMES)
def test_any_words_survive_the_folder(tmp_path: Path, names: list[str], note: str) -> None:
    pack = tables()
    for row, name in zip(pack["codes"], names, strict=True):
        row["label"] = name
    write_pack(tmp_path, pack, header(name=note))
    back = read_pack(tmp_path)
    assert back.faults() == []
    assert digest(back.tables, back.header) == digest(pack, header(name=note))


def test_the_same_edition_is_written_byte_for_byte_the_same(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shuffled = {table: list(reversed(rows)) for table, rows in tables().items()}
    write_pack(other, shuffled, header())
    assert {path.name: path.read_bytes() for path in other.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()
    }


def test_a_code_of_digits_and_an_instant_stay_as_they_are_written(folder: Path) -> None:
    text = (folder / "pack.yaml").read_text(encoding="utf-8").replace("'", "")
    (folder / "pack.yaml").write_text(text + "note:\n", encoding="utf-8")
    pack = read_pack(folder)
    assert pack.header["city"] == "640202"
    assert pack.header["effective_at"] == "2026-01-01T00:00:00+08:00"
    assert pack.header["note"] == ""


def test_a_file_from_a_spreadsheet_is_read_too(folder: Path) -> None:
    text = (folder / "risks.csv").read_text(encoding="utf-8").replace("\n", "\r\n").replace(",重", " , 重")
    (folder / "risks.csv").write_bytes(b"\xef\xbb\xbf" + text.encode() + b",,,,\r\n\r\n")
    pack = read_pack(folder)
    assert pack.faults() == []
    assert digest(pack.tables, pack.header) == digest(tables(), header())


def test_a_shipped_calendar_is_named_without_a_path(folder: Path) -> None:
    text = (folder / "pack.yaml").read_text(encoding="utf-8").replace("calendar.yaml", "cn")
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    pack = read_pack(folder)
    assert digest(pack.tables, pack.header) == digest(tables(), header())


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def holding(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def replaced(name: str, old: str, new: str) -> Callable[[Path], object]:
    def work(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return work


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (gone("pack.yaml"), Fault("pack.yaml", 0, "", "missing_file", "pack.yaml")),
        (gone("posts.csv"), Fault("posts.csv", 0, "", "missing_file", "posts.csv")),
        (gone("calendar.yaml"), Fault("calendar.yaml", 0, "", "missing_file", "calendar.yaml")),
        (holding("posts.csv", b"\xff\xfe"), Fault("posts.csv", 0, "", "unreadable_file", "posts.csv")),
        (holding("posts.csv", b'a,"b\n'), Fault("posts.csv", 0, "", "unreadable_file", "posts.csv")),
        (holding("posts.csv", b""), Fault("posts.csv", 1, "code", "missing_column", "code")),
        (holding("pack.yaml", b"- a\n"), Fault("pack.yaml", 0, "", "unreadable_file", "pack.yaml")),
        (holding("pack.yaml", b"a: ["), Fault("pack.yaml", 0, "", "unreadable_file", "pack.yaml")),
        (holding("pack.yaml", b"city: [1]\n"), Fault("pack.yaml", 1, "city", "malformed_value", "")),
        (holding("calendar.yaml", b"]"), Fault("calendar.yaml", 0, "", "unreadable_file", "calendar.yaml")),
        (
            replaced("risks.csv", "colour,label", "colour,colour"),
            Fault("risks.csv", 1, "colour", "duplicate_column", "colour"),
        ),
        (
            replaced("risks.csv", "RED,", "RED,extra,"),
            Fault("risks.csv", 3, "", "wrong_number_of_fields", "6"),
        ),
        (replaced("grids.csv", "grid-001", ""), Fault("grids.csv", 2, "person", "grid_without_person", "")),
    ],
)
def test_what_cannot_be_read_is_a_fault_among_the_others(
    folder: Path, change: Callable[[Path], object], expected: Fault
) -> None:
    change(folder)
    assert expected in read_pack(folder).faults()


def test_no_file_hides_the_faults_of_another(folder: Path) -> None:
    gone("posts.csv")(folder)
    holding("codes.csv", b"\xff")(folder)
    replaced("limits.csv", "5wd", "5weeks")(folder)
    rules = {(fault.file, fault.rule) for fault in read_pack(folder).faults()}
    assert {
        ("posts.csv", "missing_file"),
        ("codes.csv", "unreadable_file"),
        ("limits.csv", "unknown_unit"),
    } <= rules
