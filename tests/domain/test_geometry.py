"""Grids in the patient's space, against analytic truth."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.geometry import Grid, orientation_letters


def _rotated(seed: int) -> Grid:
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    axes = tuple(tuple(float(v) for v in row) for row in q)
    return Grid((5, 7, 9), (2.5, 0.7, 0.9), (10.0, -20.0, 30.0), axes)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_round_trip_on_oblique_grids(seed: int) -> None:
    """Index → LPS → index is the identity, on any orientation."""
    grid = _rotated(seed)
    index = np.random.default_rng(seed).uniform(-3, 12, size=(50, 3))
    assert np.abs(grid.to_index(grid.to_lps(index)) - index).max() < 1e-9


def test_axial_grid_by_hand() -> None:
    """Slice up is to the head, row down is to the back, column right is to the patient's left (head-first
    supine).
    """
    grid = Grid((3, 4, 5), (2.0, 0.5, 0.25), (-1.0, -2.0, -3.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    assert grid.to_lps((1, 2, 4)) == pytest.approx((-1 + 4 * 0.25, -2 + 2 * 0.5, -3 + 2.0))
    assert grid.voxel_mm3 == pytest.approx(0.25)
    assert grid.centre_mm == pytest.approx((-0.5, -1.25, -1.0))


def test_grids_that_cannot_be_are_refused() -> None:
    """Zero spacing, skew axes and empty shapes name what was found."""
    axes = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
    with pytest.raises(ValueError, match="spacing"):
        Grid((1, 1, 1), (0, 1, 1), (0, 0, 0), axes)
    with pytest.raises(ValueError, match="orthogonal"):
        Grid((1, 1, 1), (1, 1, 1), (0, 0, 0), ((0, 0, 1), (0.6, 0.8, 0), (1, 0, 0)))
    with pytest.raises(ValueError, match="each other's plane"):
        Grid((1, 1, 1), (1, 1, 1), (0, 0, 0), ((0, 0, 1), (0, 0, 1), (1, 0, 0)))
    with pytest.raises(ValueError, match="shape"):
        Grid((0, 1, 1), (1, 1, 1), (0, 0, 0), axes)


def test_a_leaning_stack_keeps_every_voxel_at_its_place() -> None:
    """Gantry tilt of 15 degrees about x: slices 5 mm apart along the couch, each shifted to its true
    position.
    """
    tilt = np.radians(15.0)
    lean = (0.0, 0.0, 1.0)
    row, column = (0.0, float(np.cos(tilt)), float(-np.sin(tilt))), (1.0, 0.0, 0.0)
    grid = Grid((3, 4, 5), (5.0, 0.5, 0.5), (0.0, 0.0, 0.0), (lean, row, column))
    assert grid.slice_distance_mm == pytest.approx(5.0 * np.cos(tilt))
    assert grid.voxel_mm3 == pytest.approx(5.0 * np.cos(tilt) * 0.25)
    assert grid.to_lps((2, 0, 0)) == pytest.approx((0.0, 0.0, 10.0))
    index = (1.5, 2.0, 3.0)
    assert grid.to_index(grid.to_lps(index)) == pytest.approx(index)
    assert np.dot(grid.normal, row) == pytest.approx(0.0)
    assert np.dot(grid.normal, lean) > 0


def test_orientation_letters() -> None:
    """Letters of PS3.3 C.7.6.1.1.1, most important first; small components are left out."""
    assert orientation_letters((1, 0, 0)) == "L"
    assert orientation_letters((0, -1, 0)) == "A"
    assert orientation_letters((0, 0.1, -0.99)) == "F"
    assert orientation_letters((-0.8, 0, 0.6)) == "RH"


def test_same_as_sees_a_shift_and_a_stretch() -> None:
    """Two grids are one only when every corner agrees."""
    grid = _rotated(1)
    shifted = Grid(grid.shape, grid.spacing_mm, (10.01, -20.0, 30.0), grid.axes)
    stretched = Grid(grid.shape, (2.51, 0.7, 0.9), grid.origin_mm, grid.axes)
    assert grid.same_as(grid)
    assert not grid.same_as(shifted)
    assert not grid.same_as(stretched)
    assert grid.same_as(shifted, tolerance_mm=0.02)
