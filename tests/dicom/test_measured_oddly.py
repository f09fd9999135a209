"""Shapes that are odd: of one pixel, without an area, over the edge of the image, outside the volume; and
planes across the slices, which may lean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.annotation.measuring import reshape
from app.domain.geometry import PointPx
from app.domain.image import Image
from app.domain.measurement import Measurement
from app.domain.volume import Volume
from app.errors import BadInput
from app.processes.dicom import DicomProcesses
from app.viewing.screen import Reshaped, SliceView, StackView
from tests.dicom.measured_series import COLUMNS, DOWN, KINDS, MIDDLE, RIGHT, ROWS, SLICES, STEP_MM, Kind
from tests.dicom.test_volume_loading import loaded, stack_of
from tests.support.capabilities import SHAPES
from tests.support.hand import Hand, HandAcross


@pytest.fixture(params=["wide pixels", "at the detector", "ultrasound in colour"], scope="module")
def opened(
    request: pytest.FixtureRequest, processes: DicomProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kind, Image]]:
    kind, folder = KINDS[request.param], tmp_path_factory.mktemp("odd")
    files: Path = folder / "files"
    files.mkdir()
    kind.write(files)
    image: Image = loaded(processes, files, folder) if kind.is_volume else stack_of(processes, files, folder)
    yield kind, image
    (image.voxels if isinstance(image, Volume) else image.pixels).close()


def _hand(opened: tuple[Kind, Image], zoom: float = 1.0) -> Hand:
    kind, image = opened
    view = SliceView(0, 4.0) if kind.is_volume else StackView(0)
    return Hand(image, view, (COLUMNS, ROWS), kind.pixel, zoom=zoom)


def _told(made: Measurement | None) -> dict[str, float]:
    assert made is not None
    return {value.concept.meaning: value.value for value in made.values}


def test_a_region_of_one_pixel(opened: tuple[Kind, Image]) -> None:
    """Its value, no deviation and no form of a distribution; the area is that of the drawn line."""
    kind, _ = opened
    hand = _hand(opened, zoom=4.0)
    found = _told(hand.drag("rectangle", (70.1, 60.2), (70.5, 60.6), (70.95, 60.9)))
    assert found["Area"] == pytest.approx(0.85 * 0.7 * kind.pixel[0] * kind.pixel[1], rel=0.005)
    if kind.in_colour:
        return
    value = kind.told()[60, 70]
    for name in ("Mean", "Minimum", "Maximum", "Median"):
        assert found[name] == pytest.approx(value, rel=1e-6), name
    for name in ("Standard Deviation", "Skewness", "Kurtosis", "Intensity Histogram Entropy"):
        assert found[name] == 0, name


def test_a_region_over_the_edge(opened: tuple[Kind, Image]) -> None:
    """Values are those of the image, the area that of the whole line; and so is a length."""
    kind, _ = opened
    hand = _hand(opened, zoom=0.7)
    found = _told(hand.drag("rectangle", (10.2, 8.2), (5, 5), (-19.8, -11.8)))
    # outside the region of an ultrasound image there are no millimetres
    across, down = (1.0, 1.0) if kind.in_colour else kind.pixel
    assert found["Area"] == pytest.approx(30 * across * 20 * down, rel=0.005)
    if not kind.in_colour:
        truth = kind.told()[:8, :10]
        assert found["Mean"] == pytest.approx(truth.mean(), rel=1e-5)
        assert found["Standard Deviation"] == pytest.approx(truth.std(ddof=1), rel=1e-5)
    length = _told(hand.drag("length", (10, 8), (0, 0), (-20, -12)))["Length"]
    assert length == pytest.approx(math.hypot(30 * across, 20 * down), rel=0.005)


def test_what_encloses_nothing_is_none(opened: tuple[Kind, Image]) -> None:
    """A slip of the hand, a line that goes back on itself, a mark begun beside the image."""
    hand = _hand(opened, zoom=0.7)
    assert hand.drag("rectangle", (50, 50), (60, 50), (70, 50)) is None
    assert hand.drag("ellipse", (50, 50), (50, 60), (50, 70)) is None
    line: tuple[PointPx, ...] = ((20.25, 30.25), (60.25, 30.25), (100.25, 30.25))
    assert hand.click("polygon", *line, line[0]) is None
    assert hand.drag("rectangle", (-20, -20), (0, 0), (30, 30)) is None
    assert hand.made == []


def test_a_region_that_is_moved_off_the_image_stays(opened: tuple[Kind, Image]) -> None:
    """It is told to hold no pixel; of colours there is nothing that it could hold."""
    kind, _ = opened
    if kind.in_colour:
        return
    hand = _hand(opened)
    made = hand.drag("rectangle", (50, 50), (60, 60), (70, 70))
    assert made is not None
    off = tuple((x + 1000.0, y) for x, y in made.roi.points_px)
    mm = tuple((x + 1000.0 * kind.pixel[0], y, z) for x, y, z in made.roi.points_mm)
    change = Reshaped(hand.viewport.viewport_id, made.tracking_uid, off, mm)
    with pytest.raises(BadInput, match="no pixel"):
        reshape(hand.viewport, made, change, SHAPES.of(made.roi.kind), at=datetime.now(UTC))


def test_a_sphere_over_the_end_of_a_volume(opened: tuple[Kind, Image]) -> None:
    """Values of the voxels that there are, counted here; the volume is that of the sphere."""
    kind, image = opened
    if not isinstance(image, Volume):
        return
    hand = _hand(opened)
    radius = 14 * kind.pixel[0]
    found = _told(hand.drag("sphere", (6.5, 60.5), (10, 60.5), (20.5, 60.5)))
    assert found["Volume"] == pytest.approx(4 / 3 * math.pi * radius**3 / 1000, rel=0.005)
    n, row, column = np.indices((9, ROWS, COLUMNS))
    steps = ((column - 6) * kind.pixel[0], (row - 60) * kind.pixel[1], (n - 4) * 2.0)
    inside = sum(step**2 for step in steps) <= (radius + 1e-6) ** 2
    slices = [float(image.grid.to_lps((s, 0, 0))[2]) / 2 for s in range(9)]
    truth = np.stack([image.at()[s] for s in np.argsort(slices)])[inside]
    assert found["Mean"] == pytest.approx(truth.mean(dtype=np.float64), rel=1e-4)
    assert found["Maximum"] == pytest.approx(truth.max(), rel=1e-6)


@pytest.fixture(params=["wide pixels", "tilted gantry"], scope="module")
def stacked(
    request: pytest.FixtureRequest, processes: DicomProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kind, float, Volume]]:
    """With how far a slice is moved down for each millimetre to the next."""
    kind, folder = KINDS[request.param], tmp_path_factory.mktemp("across")
    files: Path = folder / "files"
    files.mkdir()
    kind.write(files)
    volume = loaded(processes, files, folder)
    yield kind, 0.3 if request.param == "tilted gantry" else 0.0, volume
    volume.voxels.close()


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("lying", [{}, {"turns": 1, "flipped": True, "zoom": 1.2, "pan": (1.0, 2.0)}])
def test_planes_across_the_slices(
    stacked: tuple[Kind, float, Volume], axis: int, lying: dict[str, Any]
) -> None:
    """Coronal: right is the patient's left; sagittal: right is his back.  Down is along the slices, which are
    aslant to it on the sagittal plane where the gantry was tilted; a slice is as high as the next one is far.
    """
    kind, tilt, volume = stacked
    (across, down), stretch, coronal = kind.pixel, math.hypot(1.0, tilt), axis == 1
    index, high = ROWS // 2 if coronal else COLUMNS // 2, SLICES * STEP_MM * stretch
    if coronal:
        box = (COLUMNS * across, high)
    else:
        box = (ROWS * down / stretch, high + ROWS * down * tilt / stretch)
    hand = HandAcross(volume, SliceView(axis, float(index)), box, (1.0, 1.0), **lying)
    found = _told(hand.drag("length", (-6, 3), (0, 0), (5, -4)))
    assert found["Length"] == pytest.approx(math.hypot(11, 7), rel=0.005)
    found = _told(hand.click("angle", (5, 0), (0, 0), (4, 3)))
    assert found["Angle"] == pytest.approx(math.degrees(math.atan2(3, 4)), abs=0.1)
    found = _told(hand.drag("rectangle", (-5.03, -3.1), (0, 0), (7.02, 4.9)))
    assert found["Area"] == pytest.approx(12.05 * 8.0, rel=0.005)
    found = _told(hand.drag("sphere", (0.5, 0.5), (3, 0.5), (4.5, 0.5)))
    assert found["Volume"] == pytest.approx(4 / 3 * math.pi * 64 / 1000, rel=0.005)
    # half a slice and half a pixel, over which the values change so
    about = 0.51 * (RIGHT * across + abs(DOWN) * down) + 0.51 * abs(DOWN) * tilt * STEP_MM
    at = (4.4, 2.9)
    ((value, unit),) = [(v.value, v.unit.value) for v in hand.click("probe", at).values]  # type: ignore[union-attr]
    # the slices go up while the screen goes down: what leans is taken back
    x = at[0] if coronal else (index + 0.5) * across - COLUMNS * across / 2
    y = (index + 0.5) * down - ROWS * down / 2 if coronal else at[0] * stretch
    assert (value, unit) == (pytest.approx(MIDDLE + RIGHT * x + DOWN * y, abs=about), "[hnsf'U]")
