"""Thumbnails of images whose header tells nonsense, and of large files."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from PIL import Image

from app.dicom.read.thumbnail import SIZE_PX
from app.processes.dicom import DicomProcesses
from tests.dicom.frame_series import pictured
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
        picture = Image.open(io.BytesIO(pictured(processes.parsers, path, tmp_path)))
    assert picture.size == (SIZE_PX, SIZE_PX)
    assert picture.getextrema()[1] > 100


def test_a_file_too_large_to_be_read_at_once_has_its_picture(tmp_path: Path) -> None:
    """Files over 64 MiB are mapped: no view of their pixels may be left when the file is let go."""
    write_small_study(tmp_path / "dicom")
    path = sorted((tmp_path / "dicom").iterdir())[12]
    image = pydicom.dcmread(path)
    frames = (64 << 20) // len(image.PixelData) + 2
    image.NumberOfFrames = frames
    image.PixelData = bytes(image.PixelData) * frames
    image.save_as(path)
    assert path.stat().st_size > 64 << 20
    with DicomProcesses() as processes:
        picture = Image.open(io.BytesIO(pictured(processes.parsers, path, tmp_path)))
    assert max(picture.size) == SIZE_PX
    assert picture.getextrema()[1] > 100
