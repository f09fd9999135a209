"""Overlay planes over their images: in their place however the image lies, seen on black and on white."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.domain.display_set import Correction
from app.domain.frame import Shutter
from app.domain.overlay import OverlayPlane, packed_bits
from app.viewing.layers import OverlayLayer
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from tests.support.painted import color_at, painted
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import display_set_of, volume_of
from viewers.style import inks

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]


def plane_of(bitmap: NDArray[np.uint8], **facts: Any) -> OverlayPlane:
    """A plane of group 6000 from the upper left pixel on."""
    made = OverlayPlane(0x6000, (bitmap.shape[0], bitmap.shape[1]), packed_bits(bitmap))
    return replace(made, **facts)


def distance(found: tuple[int, int, int], ink: QColor) -> int:
    return max(abs(a - b) for a, b in zip(found, ink.getRgb()[:3], strict=True))


def stack_with(plane: OverlayPlane, grey: int = 0) -> Viewport:
    """Two frames of 40 × 60 in one grey; the first has the plane."""
    pixels = [np.full((40, 60), grey, np.uint8) for _ in range(2)]
    frames = [frame_of(pixels[0], n) for n in (1, 2)]
    viewport = Viewport(ViewportId("1"))
    viewport.show(stack_of(pixels, frames), StackView(0))
    viewport.put_layer(OverlayLayer({frames[0].key: (plane,)}))
    return viewport


@pytest.mark.parametrize(("turns", "flipped"), [(0, False), (1, False), (2, True), (3, True)])
@pytest.mark.parametrize("zoom", [0.5, 1.0, 4.0])
def test_a_plane_lies_where_its_origin_says(turns: int, flipped: bool, zoom: float) -> None:
    """Zoomed, moved, turned and mirrored as the image is: each drawn pixel covers its own."""
    bitmap = np.zeros((6, 8), np.uint8)
    bitmap[2:4, 1:7] = 1
    viewport = stack_with(plane_of(bitmap, origin=(15, 25)))
    viewport.turns, viewport.flipped, viewport.zoom, viewport.pan = turns, flipped, zoom, (1.0, 0.5)
    shown, pixels = painted(viewport)
    ink = inks().overlays[0]
    row, column = 14 + 3, 24 + 4  # the middle of what is drawn, zero-based
    assert distance(color_at(pixels, shown.placement.to_screen(column, row)), ink) < 40
    for x, y in ((22.0, 17.0), (33.5, 17.0), (28.0, 12.5), (28.0, 22.0)):
        at = shown.placement.to_screen(x, y)
        if shown.area.holds(at):
            assert color_at(pixels, at) == (0, 0, 0)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_plane_is_seen_on_any_ground(grey: int) -> None:
    """Its colour has a dark rim: on white the rim tells it, on black the colour."""
    bitmap = np.zeros((40, 60), np.uint8)
    bitmap[20, 10:50] = 1
    _, pixels = painted(stack_with(plane_of(bitmap), grey))
    column = pixels[:, 200].astype(int).sum(axis=1)
    assert column.max() - column.min() > 300


def test_a_plane_shows_over_its_own_frames_and_can_be_hidden() -> None:
    """Nothing over the next frame; hidden, the image is seen as it is, and that it is hidden is said."""
    viewport = stack_with(plane_of(np.ones((40, 60), np.uint8)), 90)
    _, drawn = painted(viewport)
    shown, hidden = painted(viewport, overlays_visible=False)
    assert any(line.text == "叠加内容已隐藏" for line in shown.corners.bottom_right)
    viewport.view = StackView(1)
    _, next_one = painted(viewport)
    assert (hidden == next_one).all()
    assert not (drawn == next_one).all()


def test_regions_are_outlines() -> None:
    """What lies inside a region of interest stays visible."""
    bitmap = np.ones((20, 20), np.uint8)
    viewport = stack_with(plane_of(bitmap, origin=(11, 21), kind="R", label="ROI"), 60)
    shown, pixels = painted(viewport)
    inside = color_at(pixels, shown.placement.to_screen(30, 20))
    assert distance(inside, inks().overlays[0]) > 20
    assert max(inside) < 140
    edge = color_at(pixels, shown.placement.to_screen(20.02, 20))
    assert distance(edge, inks().overlays[0]) < 90


@pytest.mark.parametrize("axis", [0, 1])
def test_planes_of_a_volume_show_over_its_slices_only(axis: int) -> None:
    """A slice that hangs mirrored has its plane mirrored; a plane across the slices, or a slice computed
    between images, has none.
    """
    values = np.full((5, 40, 60), -1000, np.int16)
    volume = volume_of(values, axes=((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)))
    found = display_set_of(volume)
    bitmap = np.zeros((4, 6), np.uint8)
    bitmap[1:3, 1:5] = 1
    layer = OverlayLayer({frame.key: (plane_of(bitmap, origin=(9, 5)),) for frame in found.frames})
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(axis, 2), display_set=found)
    viewport.put_layer(layer)
    shown, pixels = painted(viewport)
    if axis == 1:
        assert not pixels.any()
        return
    x, y = shown.plane.from_source(4 + 3.0, 8 + 2.0)
    assert x > 30  # mirrored
    assert distance(color_at(pixels, shown.placement.to_screen(x, y)), inks().overlays[0]) < 40
    between = replace(volume, correction=Correction.RESAMPLED)
    viewport.show(between, SliceView(0, 2), display_set=found)
    viewport.put_layer(layer)
    assert not painted(viewport)[1].any()


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_shutter_of_an_image_hides_its_slice(mirrored: bool) -> None:
    """Of a volume too, however the slice hangs; planes across the slices are whole."""
    across = (-1.0, 0.0, 0.0) if mirrored else (1.0, 0.0, 0.0)
    volume = volume_of(np.full((5, 40, 60), 1000, np.int16), axes=((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), across))
    plain = display_set_of(volume)
    shutter = Shutter(rectangle=(11, 60, 1, 40), grey=0.0)
    found = replace(plain, frames=tuple(replace(f, shutter=shutter) for f in plain.frames))
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(0, 2), display_set=found)
    shown, pixels = painted(viewport)
    for column, grey in ((5.0, 0), (15.0, 255)):
        at = shown.placement.to_screen(*shown.plane.from_source(column, 20.0))
        assert color_at(pixels, at) == (grey, grey, grey)
    viewport.view = SliceView(1, 20)
    shown, pixels = painted(viewport)
    assert color_at(pixels, shown.placement.to_screen(5, 2)) == (255, 255, 255)
    assert color_at(pixels, shown.placement.to_screen(55, 2)) == (255, 255, 255)
