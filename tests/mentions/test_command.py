"""``main.py concepts``: each mention as data and as a line."""

from __future__ import annotations

import io
import json

import pytest

from app.cli import main

ZH = "左肺上叶见结节，大小约12 mm×8 mm，未见胸腔积液。"


def test_a_mention_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["concepts", ZH, "--lang", "zh", "--json"]) == 0
    nodule, effusion = json.loads(capsys.readouterr().out)
    assert {k: nodule[k] for k in ("text", "start", "end", "rid", "status", "side", "value", "unit")} == {
        "text": "结节", "start": 5, "end": 7, "rid": "RID3875", "status": "present", "side": "left",
        "value": [12.0, 8.0], "unit": "mm",
    }  # fmt: skip
    assert (effusion["status"], effusion["side"], effusion["value"]) == ("absent", None, None)
    assert effusion["cue"]["text"] == "未见" == ZH[effusion["cue"]["start"] : effusion["cue"]["end"]]


def test_a_text_comes_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("No effusion;\npossible 8 mm nodule in the left lung."))
    assert main(["concepts", "-", "--lang", "en"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "effusion  absent" in first
    assert "nodule  uncertain  left  8 mm" in second


def test_a_text_that_is_too_long_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a " * 600_000))
    assert main(["concepts", "-", "--lang", "en"]) == 3
    assert "up to 1000000 are read" in capsys.readouterr().err
