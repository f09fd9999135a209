"""Overlapping segments as one image of labels, and contours as masks."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.coding import Code
from app.domain.contour_masks import structure_mask
from app.domain.geometry import Grid
from app.domain.label_image import label_image
from app.domain.layers import Contour, ContourKind, Structure
from app.domain.segmentation import Segment
from app.errors import LimitExceeded

GRID = Grid((3, 40, 40), (2.0, 0.5, 0.5), (0.0, 0.0, 0.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
ORGAN = Code("91772007", "SCT", "Organ")


def segment(number: int, color: tuple[int, int, int] = (10, 20, 30)) -> Segment:
    return Segment(number, f"S{number}", ORGAN, ORGAN, color)


def circle(radius_mm: float, *, z: float, points: int = 360) -> Contour:
    """A closed contour round (10, 10)."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    xyz = np.stack((10 + radius_mm * np.cos(angle), 10 + radius_mm * np.sin(angle), np.full(points, z)), 1)
    return Contour(ContourKind.CLOSED_PLANAR, xyz)


def test_three_that_overlap_have_a_label_each_way() -> None:
    """Names are joined, colours are mixed, a segment that is nowhere alone keeps its line."""
    masks = np.zeros((3, *GRID.shape), np.uint8)
    masks[0, 0, :3], masks[1, 0, 2:5], masks[2, 0, 2] = 1, 1, 1
    parts = zip((segment(7, (0, 0, 0)), segment(8, (100, 50, 0)), segment(9)), masks, strict=True)
    found = label_image(parts, GRID)
    names = {one.number: one.label for one in found.segments}
    assert sorted(names.values()) == ["S7", "S7 + S8 + S9", "S8", "S9"]
    assert [names[int(n)] for n in found.labels[0, [0, 2, 4], 0]] == ["S7", "S7 + S8 + S9", "S8"]
    assert not found.labels[1:].any()


def test_of_fractions_half_and_more_counts() -> None:
    """A fraction is drawn where it is more likely there than not."""
    values = np.zeros(GRID.shape, np.uint8)
    values[0, 0, :3] = (127, 128, 255)
    found = label_image([(segment(1), values)], GRID)
    assert found.labels[0, 0, :3].tolist() == [0, 1, 1]


def test_too_many_ways_are_told() -> None:
    """Nothing is dropped silently."""
    random = np.random.default_rng(1)
    parts = [(segment(n), (random.random(GRID.shape) > 0.5).astype(np.uint8)) for n in range(1, 12)]
    with pytest.raises(LimitExceeded, match="255"):
        label_image(parts, GRID)


def test_a_ring_has_a_hole() -> None:
    """A contour within a contour is a hole (PS3.3 C.8.8.6.3); areas are those of the circles."""
    ring = Structure(1, "ring", (1, 2, 3), (circle(8.0, z=2.1), circle(4.0, z=2.1), circle(3.0, z=9.0)))
    mask, left_out = structure_mask(ring, GRID)
    assert left_out == 1
    assert not mask[[0, 2]].any()
    area_mm2 = mask[1].sum() * 0.25
    assert area_mm2 == pytest.approx(np.pi * (64 - 16), rel=0.01)
    assert mask[1, 20, 20] == 0
    assert mask[1, 20, 32] == 1


def test_contours_on_an_oblique_grid() -> None:
    """The place of a contour is that of the patient, not that of the picture."""
    turned = Grid((3, 40, 40), (2.0, 0.5, 0.5), (20.0, 20.0, 0.0), ((0, 0, 1), (0, -1, 0), (-1, 0, 0)))
    half = Contour(
        ContourKind.CLOSED_PLANAR,
        np.array([[0.1, 0.1, 2.0], [5.1, 0.1, 2.0], [5.1, 9.9, 2.0], [0.1, 9.9, 2.0]]),
    )
    mask, _ = structure_mask(Structure(1, "box", (1, 2, 3), (half,)), turned)
    points = turned.to_lps(np.argwhere(mask))
    assert len(points) > 0
    assert points[:, 0].min() >= 0.1
    assert points[:, 0].max() <= 5.1
    assert points[:, 1].max() <= 9.9
