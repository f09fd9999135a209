"""Regions that were measured in a volume, outlined on the planes that meet them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.domain.roi import RoiKind
from app.domain.uptake import sphere
from app.viewing.image_plane import Placement
from app.viewing.layers import MeasuredRegion, RegionLayer
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import SliceView, Viewport, ViewportId
from tests.support.tiles import PAINTERS
from tests.support.volumes import random_axes, volume_of
from viewers.layers.regions import edges
from viewers.pixel_cache import PixelCache
from viewers.tile_painter import TilePainter


@pytest.mark.parametrize("seed", range(5))
def test_edges_go_around_every_pixel(seed: int) -> None:
    """As long as there are sides between a pixel of the region and another; on the grid, in straight runs."""
    section = np.random.default_rng(seed).random((9, 13)) < 0.4
    padded = np.pad(section, 1)
    sides = np.count_nonzero(padded[1:] != padded[:-1]) + np.count_nonzero(padded[:, 1:] != padded[:, :-1])
    found = edges(section)
    assert sum(line.length() for line in found) == sides
    ends = [value for line in found for value in (line.x1(), line.y1(), line.x2(), line.y2())]
    assert all(value == int(value) for value in ends)
    assert len(edges(np.ones((4, 5), bool))) == 4
    assert edges(np.zeros((4, 5), bool)) == []


def _painted(viewport: Viewport) -> tuple[np.ndarray, Placement]:
    size = (300, 300)
    shown = resolve(viewport, ScreenFacts(), size)
    assert shown is not None
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    TilePainter(PAINTERS, PixelCache()).paint(painter, shown, viewport)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(size[1], size[0])
    return rows.copy(), shown.placement


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("seed", [0, 1])
def test_a_ball_is_outlined_where_a_plane_meets_it(axis: int, seed: int, qapp: object) -> None:
    """A circle about its middle on the plane through it, whatever way the volume lies; nothing beside it."""
    volume = volume_of(np.zeros((40, 50, 60), np.int16), (1.5, 1.0, 1.0), random_axes(seed))
    middle = volume.grid.centre_mm
    region = sphere(volume.grid, middle, 10.0)
    assert region is not None
    viewport = Viewport(ViewportId("1"))
    index = float(volume.grid.to_index(middle)[axis])
    viewport.show(volume, SliceView(axis, float(round(index))))
    without, placement = _painted(viewport)
    outlined = MeasuredRegion("1", "V1", region, 0, RoiKind.VOI_FIXED)
    viewport.put_layer(RegionLayer((outlined,)))
    drawn, _ = _painted(viewport)
    at = placement.plane.from_lps(middle)
    assert at is not None
    x, y = placement.to_screen(*at)
    changed = np.argwhere(drawn != without)[:, ::-1]
    away = np.hypot(*(changed - (x, y)).T)
    radius = 10.0 * placement.px_per_unit
    on_line = away[away < 1.25 * radius]
    assert on_line.size
    assert on_line.min() > 0.75 * radius, "the line only, nothing inside"
    viewport.view = SliceView(axis, 0.0)
    viewport.put_layer(RegionLayer())
    bare, _ = _painted(viewport)
    viewport.put_layer(RegionLayer((replace(outlined, selected=True),)))
    assert np.array_equal(_painted(viewport)[0], bare)
