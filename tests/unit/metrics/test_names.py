"""Pages call organisations by the names of the deployment, and by their codes where it gave none."""

import json
from pathlib import Path

from services.metrics.html import NAMES, organisation
from services.metrics.settings import Settings


def settings(file: Path | None) -> Settings:
    return Settings(postgres_dsn="postgresql://localhost/metrics", names_file=file)


def test_names_are_read_from_the_file_of_the_deployment(tmp_path: Path) -> None:
    file = tmp_path / "names.json"
    file.write_text(json.dumps({"dwk-urban": "综合执法局"}), encoding="utf-8")
    assert settings(file).names() == {"dwk-urban": "综合执法局"}


def test_a_missing_file_gives_no_names(tmp_path: Path) -> None:
    assert settings(tmp_path / "names.json").names() == {}
    assert settings(None).names() == {}


def test_an_organisation_without_a_name_is_shown_by_its_code() -> None:
    NAMES["named"] = "民政局"
    try:
        assert [organisation(code) for code in ("named", "unnamed", None)] == ["民政局", "unnamed", "—"]
    finally:
        del NAMES["named"]
