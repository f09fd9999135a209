"""One mapping between pixels of the image, the screen, and the patient."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.domain.frame import UltrasoundRegion
from app.domain.geometry import Grid
from app.domain.pixel import PixelSpacing, SpacingSource
from app.viewing.image_plane import Placement, fit_px_per_unit, frame_plane, slice_plane, turn_of
from tests.dicom.made_headers import held, image, items
from tests.support.stacks import frame_of
from tests.support.volumes import AXIAL_AXES, random_axes, volume_of

ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
PIXELS = np.zeros((40, 60), np.uint8)


def _tilted(degrees: float) -> Grid:
    """A gantry tilted about the left-right axis: slices lean, the table moves along the body."""
    t = math.radians(degrees)
    axes = ((0.0, 0.0, 1.0), (0.0, math.cos(t), math.sin(t)), (1.0, 0.0, 0.0))
    return Grid((30, 50, 60), (3.0, 0.5, 0.5), (-15.0, -12.0, 0.0), axes)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("axis", range(3))
def test_pixels_and_points_go_there_and_back(seed: int, axis: int) -> None:
    """Any grid, oblique and of either handedness, zoomed, turned and mirrored: screen → patient → screen."""
    rng = np.random.default_rng(seed)
    grid = volume_of(np.zeros((7, 20, 30), np.int16), tuple(rng.uniform(0.3, 4, 3)), random_axes(seed)).grid
    plane = slice_plane(grid, axis, 3)
    turn = turn_of(int(rng.integers(4)), bool(rng.integers(2)))
    placement = Placement(plane, turn, float(rng.uniform(0.5, 9)), (211.0, 140.0))
    at = (float(rng.uniform(0, 400)), float(rng.uniform(0, 300)))
    x, y = placement.to_image(at)
    assert placement.to_screen(x, y) == pytest.approx(at, abs=1e-9)
    point = plane.to_lps(x, y)
    assert point is not None
    assert plane.from_lps(point) == pytest.approx((x, y), abs=1e-6)
    assert grid.to_index(point)[axis] == pytest.approx(3, abs=1e-9)


@pytest.mark.parametrize("axis", range(3))
def test_the_screen_keeps_angles_and_distances_of_a_leaning_grid(axis: int) -> None:
    """A tilted gantry's MPR is a parallelogram: distances on the screen are those in the patient."""
    grid = _tilted(25)
    plane = slice_plane(grid, axis, 10)
    placement = Placement(plane, turn_of(0, False), 3.0, (200.0, 200.0))
    rng = np.random.default_rng(axis)
    for _ in range(20):
        one, two = rng.uniform(0, 40, (2, 2))
        a, b = plane.to_lps(*one), plane.to_lps(*two)
        assert a is not None
        assert b is not None
        on_screen = math.dist(placement.to_screen(*one), placement.to_screen(*two))
        assert on_screen == pytest.approx(3.0 * math.dist(a, b), rel=1e-9)


def test_the_body_stays_upright_in_a_leaning_grid() -> None:
    """In the sagittal plane of a tilted gantry the table's direction is straight and the rows slant."""
    plane = slice_plane(_tilted(25), 2, 10)
    assert plane.down == pytest.approx((0.0, 3.0))
    assert plane.across == pytest.approx(
        (0.5 * math.cos(math.radians(25)), -0.5 * math.sin(math.radians(25)))
    )
    assert plane.letters == ("A", "P", "H", "F")
    straight = slice_plane(_tilted(0), 2, 10)
    assert (straight.across, straight.down) == ((0.5, 0.0), (0.0, 3.0))


def test_turned_images_turn_their_letters() -> None:
    """A quarter turn clockwise brings the left side to the top; mirrored, left and right change places."""
    plane = slice_plane(volume_of(np.zeros((4, 5, 6), np.int16), axes=AXIAL_AXES).grid, 0, 1)
    letters = {
        (t, f): Placement(plane, turn_of(t, f), 1.0, (0, 0)).letters for t in range(4) for f in (False, True)
    }
    assert letters[0, False] == ("R", "L", "A", "P")
    assert letters[1, False] == ("P", "A", "R", "L")
    assert letters[2, False] == ("L", "R", "P", "A")
    assert letters[3, False] == ("A", "P", "L", "R")
    assert letters[0, True] == ("L", "R", "A", "P")


@pytest.mark.parametrize(
    ("turns", "flipped", "corner"),
    [(0, False, (40, 60)), (1, False, (140, 40)), (2, True, (40, 140)), (3, True, (60, 40))],
)
def test_pixels_move_as_the_letters_do(turns: int, flipped: bool, corner: tuple[int, int]) -> None:
    """The upper left pixel is found where a turned image has it."""
    placement = Placement(frame_plane(frame_of(PIXELS)), turn_of(turns, flipped), 2.0, (100.0, 100.0))
    assert placement.to_screen(0, 0) == pytest.approx(corner)


def test_a_turned_image_still_fits() -> None:
    """60 × 40 pixels fit 120 × 120 at 2, and turned as well; the pixel ratio counts."""
    plane = frame_plane(frame_of(PIXELS))
    assert fit_px_per_unit(plane, turn_of(1, False), (120, 120)) == 2
    wide = frame_plane(frame_of(PIXELS, spacing=PixelSpacing(aspect=(2.0, 1.0))))
    assert wide.down == (0.0, 2.0)
    assert not wide.has_mm
    assert fit_px_per_unit(wide, turn_of(0, False), (120, 120)) == 1.5


def test_a_frame_with_a_place_is_in_the_patient() -> None:
    """Position, orientation and spacing of the object; a projection has letters only."""
    facts = {"position_mm": (10.0, 20.0, 30.0), "orientation": (1.0, 0, 0, 0, 0, -1.0)}
    there = frame_of(PIXELS, spacing=PixelSpacing((0.5, 0.25), SpacingSource.PATIENT), **facts)
    plane = frame_plane(there)
    assert plane.to_lps(2.5, 1.5) == pytest.approx((10.5, 20.0, 29.5))
    assert plane.letters == ("R", "L", "H", "F")
    projection = frame_plane(frame_of(PIXELS, patient_orientation=("L", "FP")))
    assert projection.to_lps(1, 1) is None
    assert projection.letters == ("R", "L", "HA", "FP")


def test_a_source_image_is_found_under_one_that_hangs_turned() -> None:
    """Feet-first images acquired from head to feet hang mirrored; SCOORD counts on the stored image."""
    grid = volume_of(np.zeros((4, 20, 30), np.int16), axes=((0, 0, -1), (0, -1, 0), (-1, 0, 0))).grid
    plane = slice_plane(grid, 0, 2)
    assert plane.to_source(0.0, 0.0) == (30.0, 20.0)
    x, y = plane.from_source(3.5, 4.25)
    assert plane.to_source(x, y) == pytest.approx((3.5, 4.25))


def test_lengths_on_an_ultrasound_image_are_those_of_the_region() -> None:
    """Inside a calibrated region millimetres, the innermost region first; elsewhere and across its edge
    nothing.
    """
    outer = UltrasoundRegion((0, 0, 50, 30), (0.2, 0.1), "mm", "2d")
    inner = UltrasoundRegion((10, 10, 20, 20), (0.4, 0.4), "mm", "2d")
    trace = UltrasoundRegion((0, 31, 50, 39), (1.0, 1.0), "", "spectral")
    plane = frame_plane(frame_of(PIXELS, regions=(outer, inner, trace)))
    found = plane.mm_per_px([(2, 2), (45, 12)])
    assert found is not None
    assert (found[0].tolist(), found[1]) == ([[0.1, 0], [0, 0.2]], SpacingSource.CALIBRATED)
    found = plane.mm_per_px([(12, 12), (18, 18)])
    assert found is not None
    assert found[0][0, 0] == 0.4
    assert plane.mm_per_px([(2, 2), (45, 35)]) is None
    assert plane.mm_per_px([(2, 35), (45, 35)]) is None


@pytest.mark.parametrize(
    "points", [[(2, 35), (45, 35)], [(2, 2), (45, 35)], [(2, 2), (55, 12)], [(12, 12), (18, 18)]]
)
def test_the_distance_of_a_region_is_none_of_a_trace(points: list[tuple[float, float]]) -> None:
    """All regions of lengths have one distance, which then is the image's: yet a spectrum, over the image or
    below it, has times and velocities, and what lies outside the regions has nothing.
    """
    told = {"PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3, "PhysicalDeltaX": 0.01,
            "PhysicalDeltaY": 0.02, "RegionDataType": 1, "RegionSpatialFormat": 1, "RegionLocationMinX0": 0,
            "RegionLocationMinY0": 0, "RegionLocationMaxX1": 50, "RegionLocationMaxY1": 30}  # fmt: skip
    trace = told | {"PhysicalUnitsXDirection": 4, "PhysicalUnitsYDirection": 7, "RegionSpatialFormat": 3}
    below = trace | {"RegionLocationMinY0": 31, "RegionLocationMaxY1": 39}
    over = trace | {"RegionLocationMinX0": 10, "RegionLocationMinY0": 10, "RegionLocationMaxX1": 20,
                    "RegionLocationMaxY1": 20}  # fmt: skip
    data = image(
        1, sop_class=ULTRASOUND, modality="US", PixelSpacing=None, ImagePositionPatient=None,
        ImageOrientationPatient=None, SequenceOfUltrasoundRegions=items(told, below, over),
    )  # fmt: skip
    frame = held(data).sets[0].frames[0]
    assert (frame.spacing.mm, frame.spacing.source) == ((0.2, 0.1), SpacingSource.CALIBRATED)
    plane = frame_plane(frame)
    assert plane.mm_per_px([(2, 2), (45, 29)]) is not None
    assert plane.mm_per_px(points) is None
