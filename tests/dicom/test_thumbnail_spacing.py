"""Thumbnails of images whose header tells nonsense."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from PIL import Image

from app.dicom.bounded import DicomProcesses
from app.dicom.thumbnail import SIZE_PX, series_thumbnail
from tests.support.small_study import write_small_study


@pytest.mark.parametrize("spacing", [[0, 0], [0.5, 0], [0.7, 0.7]])
def test_a_spacing_of_zero_still_gives_a_picture(tmp_path: Path, spacing: list[float]) -> None:
    """Some real headers say a pixel spacing of 0: the picture is drawn with square pixels."""
    write_small_study(tmp_path / "dicom")
    path = sorted((tmp_path / "dicom").iterdir())[12]
    header = pydicom.dcmread(path)
    header.PixelSpacing = spacing
    header.save_as(path)
    with DicomProcesses() as processes:
        picture = Image.open(io.BytesIO(series_thumbnail([path], child=processes.parser)))
    assert picture.size == (SIZE_PX, SIZE_PX)
    assert picture.getextrema()[1] > 100
