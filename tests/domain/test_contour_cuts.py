"""Contours cut by planes, against shapes with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.contour_cuts import PlacedContours
from app.domain.layers import Contour, ContourKind, Structure
from tests.support.volumes import random_axes


def circle(radius: float, z: float, centre: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    return np.stack((x, y, np.full_like(x, z)), axis=1)


def structure(*points: NDArray[np.float64], kind: ContourKind = ContourKind.CLOSED_PLANAR) -> Structure:
    return Structure(1, "ROI", (255, 0, 0), tuple(Contour(kind, one) for one in points))


def ball(radius: float = 20.0, step: float = 2.0) -> list[NDArray[np.float64]]:
    return [
        circle(float(np.sqrt(radius**2 - z**2)), float(z))
        for z in np.arange(-radius + step / 2, radius, step)
    ]


def area_of(corners: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.cross(corners[1] - corners[0], corners[3] - corners[0])))


@pytest.mark.parametrize("seed", range(6))
def test_a_ball_is_a_disc_on_every_plane(seed: int) -> None:
    """Turned anyhow: through its middle, and beside it; the areas add up to those of the truth."""
    axes = np.array(random_axes(seed))
    placed = PlacedContours([structure(*(one @ axes for one in ball()))])
    for normal in (axes[0], axes[1], (axes[0] + axes[2]) / np.sqrt(2)):
        for away in (0.3, 11.3):
            cut = placed.cut(normal * away, normal, reach_mm=0.5, thickness_mm=2.0)
            assert not cut.lines
            found = sum(area_of(one.corners_mm) for one in cut.areas)
            assert found == pytest.approx(np.pi * (20**2 - away**2), rel=0.06)
            for one in cut.areas:
                assert np.abs((one.corners_mm - normal * away) @ normal).max() < 1e-9
    cut = placed.cut(axes[2] * 3.1, axes[2], reach_mm=1.0, thickness_mm=2.0)
    (line,) = cut.lines
    assert not cut.areas
    assert line.closed
    assert np.allclose(line.points_mm @ axes[2], 3.0)


def test_holes_stay_holes() -> None:
    """An odd number of contours holds what is inside (PS3.3 C.8.8.6.3)."""
    both = [one for z in (0.0, 3.0) for one in (circle(10, z), circle(4, z))]
    cut = PlacedContours([structure(*both)]).cut((0, 0, 0), (1, 0, 0), reach_mm=0.5, thickness_mm=1)
    widths = sorted((one.corners_mm[:, 1].min(), one.corners_mm[:, 1].max()) for one in cut.areas)
    assert np.allclose(widths, [(-10, -4), (-10, -4), (4, 10), (4, 10)], atol=0.02)


def test_the_nearest_contours_count_where_images_are_thicker() -> None:
    """Slices of 5 mm through contours every millimetre show one of them, that of the image that is named
    first.
    """
    placed = PlacedContours([structure(*(circle(10 + z, float(z)) for z in range(-4, 5)))])
    cut = placed.cut((0, 0, 1.2), (0, 0, 1), reach_mm=2.5, thickness_mm=5)
    assert [one.points_mm[0, 2] for one in cut.lines] == [1.0]
    here = np.zeros(9, bool)
    here[6] = True
    cut = placed.cut((0, 0, 1.2), (0, 0, 1), reach_mm=2.5, thickness_mm=5, here=here)
    assert [one.points_mm[0, 2] for one in cut.lines] == [2.0]
    elsewhere = np.ones(9, bool)
    assert not placed.cut((0, 0, 1.2), (0, 0, 1), reach_mm=2.5, thickness_mm=5, elsewhere=elsewhere).lines


def test_lines_and_points_are_not_filled() -> None:
    """An open line shows whole in its plane and as a point where a plane cuts it; a point near its plane."""
    line = np.array([(0.0, 0, 0), (10, 0, 0), (10, 10, 0)])
    wire = np.array([(0.0, 0, -5), (0, 0, 5), (3, 0, 6)])
    placed = PlacedContours(
        [
            structure(line, kind=ContourKind.OPEN_PLANAR),
            structure(wire, kind=ContourKind.OPEN_NONPLANAR),
            structure(np.array([(1.0, 2, 0.4)]), kind=ContourKind.POINT),
        ]
    )
    flat = placed.cut((0, 0, 0), (0, 0, 1), reach_mm=0.5, thickness_mm=1)
    assert not flat.areas
    found = {one.structure: one for one in flat.lines}
    assert len(found[0].points_mm) == 3
    assert not found[0].closed
    assert np.allclose(found[1].points_mm, [(0, 0, 0)])
    assert np.allclose(found[2].points_mm, [(1, 2, 0.4)])
    across = placed.cut((5, 0, 0), (1, 0, 0), reach_mm=0.5, thickness_mm=1)
    assert not across.areas
    assert [one.structure for one in across.lines] == [0]
    assert np.allclose(across.lines[0].points_mm, [(5, 0, 0)])
    assert not PlacedContours([]).cut((0, 0, 0), (0, 0, 1), reach_mm=1, thickness_mm=1).lines
