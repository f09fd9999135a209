"""Pictures of key images: drawn without a window, with marks, scale and letters."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.domain.coding import Code
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segment, Segmentation
from app.errors import BadInput
from app.viewing.state import Mark, Plane
from tests.support.volumes import volume_of
from viewers.picture import draw_picture


def _drawn(png: bytes) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_a_picture_shows_values_marks_and_tints(qtbot: QtBot) -> None:
    """As wide as asked, as high as the image is in millimetres; white bone, black air, the mark's colour, the segment's tint."""
    values = np.full((9, 60, 80), -1000, np.int16)
    values[:, 20:40, 50:70] = 1000
    volume = volume_of(values)
    grid = volume.grid
    ends = tuple(tuple(float(v) for v in grid.to_lps((4, 45, c))) for c in (10, 40))
    mark = Mark("u", Roi(RoiKind.LENGTH, ends), Plane.AXIAL, 4.0, ("L1  24.0 mm",), selected=True)  # type: ignore[arg-type]
    labels = np.zeros((9, 60, 80), np.uint8)
    labels[:, 5:15, 5:30] = 1
    code = Code("39607008", "SCT", "Lung")
    segmentation = Segmentation(grid, labels, (Segment(1, "Lung", code, code, (0, 200, 0)),), volume.series_uid)
    plain = _drawn(draw_picture(volume, "axial", 4.0, (-160.0, 240.0), 1000))
    full = _drawn(draw_picture(volume, "axial", 4.0, (-160.0, 240.0), 1000, measurements=(mark,), labels=segmentation))
    assert plain.shape == full.shape == (750, 1000, 3)

    def at(row: float, column: float) -> tuple[slice, slice]:
        y, x = round((row + 0.5) * 12.5), round((column + 0.5) * 12.5)
        return slice(y - 2, y + 3), slice(x - 2, x + 3)

    assert plain[at(30, 60)].min() == 255
    assert plain[at(55, 60)].max() == 0
    assert full[at(45, 25)].max() > 200
    tint = full[at(10, 15)].reshape(-1, 3).mean(axis=0)
    assert tint[1] > 50
    assert tint[0] < 10


def test_each_plane_can_be_drawn(qtbot: QtBot) -> None:
    """MPR key images keep their millimetres: 4 mm slices make a coronal picture eight times as high a pixel."""
    volume = volume_of(np.zeros((20, 60, 80), np.int16), (4.0, 0.5, 0.5))
    assert _drawn(draw_picture(volume, "coronal", 30.0, (-100.0, 100.0), 500)).shape == (1000, 500, 3)
    assert _drawn(draw_picture(volume, "sagittal", 30.0, (-100.0, 100.0), 600)).shape == (1600, 600, 3)


def test_absurd_widths_are_refused(qtbot: QtBot) -> None:
    """Names thing, limit and value."""
    with pytest.raises(BadInput, match=r"64 to 8192.*found 9000"):
        draw_picture(volume_of(np.zeros((3, 8, 8), np.int16)), "axial", 1.0, (0.0, 1.0), 9000)
