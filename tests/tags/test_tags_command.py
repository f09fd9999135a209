"""``main.py tags``: a file that is not imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from tests.support.small_study import write_small_study


def test_a_file_as_text_and_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chinese names in text; keywords, values and what is around each element as data."""
    write_small_study(tmp_path)
    file = next(path for path in sorted(tmp_path.rglob("*")) if path.is_file())
    assert main(["tags", str(file), "--search", "patientname", "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "(0010,0010)\tPN\t患者姓名\tWang^Xiaoming=王^小明\n"
    assert main(["tags", str(file), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    by_keyword = {row["keyword"]: row for row in data if "keyword" in row}
    assert by_keyword["Modality"]["value"] == "CT"
    assert by_keyword["PixelData"]["length"] == 96 * 96 * 2
    assert all(row["in"] < row["row"] for row in data)


def test_a_file_that_is_none_of_dicom(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("just a few words, and nothing that could be read as an image" * 4)
    assert main(["tags", str(tmp_path / "notes.txt")]) == 3
    assert main(["tags", str(tmp_path / "absent.dcm")]) == 3
