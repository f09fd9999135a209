"""The generated demo study: valid, deterministic, with its truth beside it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pydicom
import pytest

from app.demo.study import SERIES_UID, STUDY_UID, make_demo_study, read_truth
from app.errors import Cancelled, NotFound
from tests.support.tools import require_tool

SHAPE = (6, 160, 160)


def test_the_series_is_valid_ct_and_the_same_each_time(tmp_path: Path) -> None:
    """A valid CT series (dciodvfy), the same bytes on a second run, truth on the same grid."""
    files = make_demo_study(tmp_path / "a", shape=SHAPE)
    again = make_demo_study(tmp_path / "b", shape=SHAPE)
    assert [f.read_bytes() for f in files] == [f.read_bytes() for f in again]
    assert len(files) == SHAPE[0]
    header = pydicom.dcmread(files[0])
    assert (header.StudyInstanceUID, header.SeriesInstanceUID) == (STUDY_UID, SERIES_UID)
    assert str(header.PatientName.ideographic) == "演示患者"
    truth = read_truth(tmp_path / "a")
    assert truth.noise_free.shape == truth.lungs.shape == SHAPE
    assert len(truth.nodules) == 3
    assert (
        abs(pydicom.pixels.apply_rescale(header.pixel_array, header).astype(int) - truth.noise_free[0]).mean()
        > 1
    )
    tool = require_tool("dciodvfy")
    for path in files:
        told = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
        assert [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")] == []


def test_it_can_be_stopped_and_says_where_nothing_is(tmp_path: Path) -> None:
    """Long work can be cancelled; a folder without a demo study is named."""
    with pytest.raises(Cancelled):
        make_demo_study(tmp_path / "a", shape=SHAPE, cancelled=lambda: True)
    with pytest.raises(NotFound, match="nothing-here"):
        read_truth(tmp_path / "nothing-here")
