"""Graphics and texts of presentation states over their images."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.domain.layers import (
    Annotation,
    DisplayedArea,
    GraphicKind,
    GraphicObject,
    ImageReference,
    PresentationState,
    SpatialReference,
    TextObject,
    Units,
)
from app.viewing.layers import PresentationLayer
from app.viewing.presented import presented_images
from app.viewing.screen import StackView, Viewport, ViewportId
from tests.support.painted import color_at, painted
from tests.support.stacks import frame_of, stack_of
from viewers.layers.presentation import graphic_path

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]
RED = (250, 60, 60)


def viewport_with(*annotations: Annotation, turns: int = 0, flipped: bool = False) -> Viewport:
    """A black image of 40 × 60."""
    pixels = np.zeros((40, 60), np.uint8)
    frame = frame_of(pixels)
    state = PresentationState(
        "S",
        SpatialReference(images=(ImageReference(frame.sop_uid),)),
        annotations,
        areas=(DisplayedArea((), (11, 11), (50, 30)),),
        turns=turns,
        flipped=flipped,
    )
    viewport = Viewport(ViewportId("1"))
    viewport.show(stack_of([pixels], [frame]), StackView(0))
    viewport.put_layer(PresentationLayer(presented_images(state, [frame])))
    return viewport


def is_red(found: tuple[int, int, int]) -> bool:
    return found[0] > 80 and found[0] > 2.5 * max(found[1:])


@pytest.mark.parametrize(("turns", "flipped"), [(0, False), (1, False), (2, True), (3, True)])
def test_figures_lie_on_the_image(turns: int, flipped: bool) -> None:
    """A circle about (30, 20) of radius 5, an unfilled one beside it, however the state turns the image."""
    disc = GraphicObject(GraphicKind.CIRCLE, ((30.0, 20.0), (33.0, 24.0)), filled=True)
    ring = GraphicObject(GraphicKind.ELLIPSE, ((38.0, 20.0), (46.0, 20.0), (42.0, 18.0), (42.0, 22.0)))
    viewport = viewport_with(Annotation("A", (), (disc, ring), color=RED), turns=turns, flipped=flipped)
    viewport.zoom = 0.5
    shown, pixels = painted(viewport)

    def at(x: float, y: float) -> tuple[int, int, int]:
        return color_at(pixels, shown.placement.to_screen(x, y))

    for x, y in ((30, 20), (33, 20), (30, 24), (27, 17)):
        assert is_red(at(x, y)), (x, y)
    for x, y in ((24, 20), (30, 26), (42, 20), (20, 12)):
        assert at(x, y) == (0, 0, 0), (x, y)
    assert is_red(at(46, 20.05)) or is_red(at(46, 19.95))
    _, hidden = painted(viewport, overlays_visible=False)
    assert not hidden.any()


def test_display_units_stay_with_the_displayed_area() -> None:
    """A line across the middle of the area, whatever the image's size; it goes along when one zooms."""
    line = GraphicObject(GraphicKind.POLYLINE, ((0.0, 0.5), (1.0, 0.5)), Units.DISPLAY)
    viewport = viewport_with(Annotation("A", (), (line,), color=RED))
    for zoom in (1.0, 2.0):
        viewport.zoom = zoom
        shown, pixels = painted(viewport)
        for x in (25, 30, 35):
            assert is_red(color_at(pixels, shown.placement.to_screen(x, 20)))
    viewport.zoom = 0.5
    shown, pixels = painted(viewport)
    assert not is_red(color_at(pixels, shown.placement.to_screen(7, 20)))


def test_the_highest_layer_comes_last_and_texts_lead_to_their_anchor() -> None:
    """Of two discs at one place the later is seen; a line runs from the text's box to the point."""
    disc = GraphicObject(GraphicKind.CIRCLE, ((30.0, 20.0), (32.0, 20.0)), filled=True)
    text = TextObject("结节", ((14.0, 14.0), (20.0, 17.0)), anchor=(40.0, 26.0), shows_anchor=True)
    viewport = viewport_with(
        Annotation("low", (), (disc,), color=(60, 60, 250)),
        Annotation("high", (), (disc,), (text,), color=RED),
    )
    shown, pixels = painted(viewport)
    red, _, blue = color_at(pixels, shown.placement.to_screen(30, 20))
    assert red > blue
    assert is_red(color_at(pixels, shown.placement.to_screen(40, 26)))
    left, top = shown.placement.to_screen(14, 14)
    box = pixels[int(top) : int(top) + 18, int(left) : int(left) + 30]
    assert any(is_red(tuple(pixel)) for row in box for pixel in row.tolist())


def test_a_curve_goes_through_its_points() -> None:
    """Also through the ends, and back to the beginning where it is closed."""
    points = [QPointF(0, 0), QPointF(10, 20), QPointF(30, 5), QPointF(0, 0)]
    path = graphic_path(GraphicKind.INTERPOLATED, points)
    ends = [path.elementAt(n) for n in range(0, path.elementCount(), 3)]
    assert [(round(e.x, 6), round(e.y, 6)) for e in ends] == [(p.x(), p.y()) for p in points]
    assert graphic_path(GraphicKind.ELLIPSE, points[:2]).isEmpty()
