"""Structures over slices and single images: lines where they were drawn, filled where other planes cut
them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.domain.contour_cuts import PlacedContours
from app.domain.layers import Contour, ContourKind, ImageReference, Structure
from app.domain.pixel import PixelSpacing, SpacingSource
from app.domain.segmentation import Segment, StackSegmentation
from app.domain.study import SopUid
from app.viewing.contours import contour_layer, frame_at, middle_contour
from app.viewing.layers import ContourLayer, LabelLayer
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from tests.domain.test_frame_masks import CODE
from tests.support.painted import color_at, painted
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import AXIAL_AXES, display_set_of, random_axes, volume_of

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]
COLOR = (240, 60, 60)


def is_red(found: tuple[int, int, int]) -> bool:
    return found[0] > 60 and found[0] > 2 * max(found[1:])


def box_structures(grid: Any) -> PlacedContours:
    """Rows 10 to 30, columns 20 to 50 of slices 2 to 5 of a grid, drawn on each slice."""
    corners = np.array([(10, 20), (10, 50), (30, 50), (30, 20)], float)
    contours = [
        Contour(
            ContourKind.CLOSED_PLANAR,
            grid.to_lps(np.concatenate((np.full((4, 1), float(s)), corners), axis=1)),
        )
        for s in range(2, 6)
    ]
    return PlacedContours([Structure(7, "Box", COLOR, tuple(contours))])


@pytest.mark.parametrize("axes", [AXIAL_AXES, random_axes(3), random_axes(4)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_of_a_volume_cut_what_was_drawn(axis: int, axes: Any) -> None:
    """Its outline on the slices it was drawn on, what lies between the lines on the others; hidden with a
    key.
    """
    volume = volume_of(np.full((8, 40, 60), -1000, np.int16), axes=axes)
    found = display_set_of(volume)
    viewport = Viewport(ViewportId("1"))
    index = (3.0, 20.0, 35.0)
    viewport.show(volume, SliceView(axis, index[axis]), display_set=found)
    viewport.put_layer(contour_layer(box_structures(volume.grid), found.frames, "RS"))
    shown, pixels = painted(viewport, (220, 160))  # too small for names
    view = shown.plane.view
    assert view is not None

    def at(*where: float) -> tuple[int, int, int]:
        return color_at(pixels, shown.placement.to_screen(*view.to_image(where)))

    inside = [(3.0, 20.0, 35.0), (4.0, 20.0, 35.0)][: 1 if axis == 0 else 2]
    for where in inside:
        place = [*where]
        place[axis] = index[axis]
        assert is_red(at(*place)) is (axis != 0), place
    edge = {0: (3.0, 10.0, 35.0), 1: (3.0, 20.0, 20.0), 2: (3.0, 10.0, 35.0)}[axis]
    assert is_red(at(*edge))
    beyond = {0: (3.0, 5.0, 35.0), 1: (0.0, 20.0, 35.0), 2: (7.0, 20.0, 35.0)}[axis]
    assert max(at(*beyond)) < 10  # smooth edges reach a little farther
    layer = viewport.layer(ContourLayer)
    assert layer is not None
    viewport.put_layer(replace(layer, hidden=frozenset({7})))
    assert not painted(viewport)[1].any()
    viewport.put_layer(layer)
    assert not painted(viewport, overlays_visible=False)[1].any()


def test_slices_between_contours_have_none() -> None:
    volume = volume_of(np.full((8, 40, 60), -1000, np.int16))
    found = display_set_of(volume)
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(0, 7), display_set=found)
    viewport.put_layer(contour_layer(box_structures(volume.grid), found.frames, "RS"))
    assert not painted(viewport)[1].any()


@pytest.mark.parametrize(("frame_of_reference", "seen"), [("1.2.9", True), ("1.2.8", False)])
def test_single_images_show_what_lies_on_them(frame_of_reference: str, seen: bool) -> None:
    """By their place; of another frame of reference only what names the image."""
    pixels = np.zeros((40, 60), np.uint8)
    spacing = PixelSpacing((0.8, 0.8), SpacingSource.PATIENT)
    place = {"orientation": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), "frame_of_reference_uid": "1.2.9"}
    frames = [frame_of(pixels, n, spacing=spacing, position_mm=(0.0, 0.0, 7.0 * n), **place) for n in (1, 2)]
    square = np.array([(8.0, 8, 7.2), (32, 8, 7.2), (32, 24, 7.2), (8, 24, 7.2)])
    structure = Structure(
        1, "S", COLOR, (Contour(ContourKind.CLOSED_PLANAR, square),), "", frame_of_reference
    )
    viewport = Viewport(ViewportId("1"))
    stack = stack_of([pixels] * 2, frames)
    for images, visible in (((), seen), ((ImageReference(SopUid("1.2.5.1")),), True)):
        named = replace(structure, contours=(replace(structure.contours[0], images=images),))
        layer = contour_layer(PlacedContours([named]), frames, "RS")
        for index in (0, 1):
            viewport.show(stack, StackView(index))
            viewport.put_layer(layer)
            _, drawn = painted(viewport)
            assert drawn.any() == (visible and index == 0)
    middle = middle_contour(layer, 1)
    assert middle is not None
    assert frame_at(stack, middle) == 0
    assert middle_contour(layer, 9) is None


def test_segments_show_over_single_images() -> None:
    """Fill and outline on the image that has them, nothing on the next."""
    pixels = np.zeros((40, 60), np.uint8)
    labels = np.zeros((40, 60), np.uint8)
    labels[10:30, 20:50] = 1
    segment = Segment(1, "S", CODE, CODE, COLOR)
    viewport = Viewport(ViewportId("1"))
    viewport.show(stack_of([pixels] * 2, [frame_of(pixels, n) for n in (1, 2)]), StackView(0))
    viewport.put_layer(LabelLayer(StackSegmentation((labels, None), (segment,)), unconfirmed=False))
    shown, drawn = painted(viewport)
    assert is_red(color_at(drawn, shown.placement.to_screen(35, 20)))
    assert color_at(drawn, shown.placement.to_screen(10, 20)) == (0, 0, 0)
    viewport.view = StackView(1)
    assert not painted(viewport)[1].any()
