"""Texts beside marks: clear of what is marked wherever there is room, legible in any case, in one size."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.geometry import PointPx
from app.domain.pixel import PixelSpacing, SpacingSource
from app.viewing.anchors import place_of
from app.viewing.labels import text_box
from app.viewing.layers import ShapeAnnotation, ShapeLayer
from app.viewing.mark_places import PlacedAnnotation
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import StackView, Viewport, ViewportId
from app.viewing.shapes.shape import Box
from app.viewing.shown_image import anchor_of, shown_image
from tests.support.capabilities import shape
from tests.support.stacks import frame_of, stack_of

SIZE = (500, 400)


def _marks(
    *drawn: tuple[str, tuple[PointPx, ...]], text_px: float = 13.0, short: bool = False, selected: str = ""
) -> tuple[PlacedAnnotation, ...]:
    """Placed on an image of 100 × 80 pixels that fills the tile, five pixels for each of its own."""
    stored = np.zeros((80, 100), np.int16)
    image = stack_of([stored], [frame_of(stored, spacing=PixelSpacing((1.0, 1.0), SpacingSource.PATIENT))])
    viewport = Viewport(ViewportId("1"), image=image, view=StackView(0))
    shown = shown_image(viewport)
    assert shown is not None
    anchor = anchor_of(viewport, shown)
    assert place_of(anchor, image) is not None
    marks = [
        ShapeAnnotation(
            str(n),
            shape(kind),
            anchor,
            points,
            lines=(f"标注 {n}  24.6 × 17.2 mm",),
            selected=str(n) == selected,
        )
        for n, (kind, points) in enumerate(drawn)
    ]
    viewport.put_layer(ShapeLayer(tuple(marks)))
    found = resolve(viewport, ScreenFacts(text_px=text_px, short_texts=short), SIZE)
    assert found is not None
    return found.marks


def _apart(marks: tuple[PlacedAnnotation, ...]) -> bool:
    boxes = [mark.text_box for mark in marks]
    return not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("text_px", [13.0, 20.0])
def test_no_text_lies_on_what_is_marked(seed: int, text_px: float) -> None:
    """Marks of all sorts at random places: no text on a region or a line of any, none on another; as many as
    have room.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for kind, count in (("length", 2), ("ellipse", 4), ("cobb", 4), ("note", 1), ("spline", 4), ("angle", 3)):
        middle = rng.uniform((20, 15), (80, 65))
        points = tuple((float(x), float(y)) for x, y in middle + rng.uniform(-9, 9, (count, 2)))
        if kind == "ellipse":
            points = shape(kind).drawn(points[0], points[1])
        drawn.append((kind, points))
    marks = _marks(*drawn[: 6 if text_px < 16 else 3], text_px=text_px)
    assert _apart(marks)
    for mark in marks:
        assert mark.text_box.inside(SIZE)
        for other in marks:
            assert not any(mark.text_box.overlaps(box) for box in other.shape.covers(other.points))


def test_a_region_that_fills_the_tile_keeps_its_text_on_it() -> None:
    """There is no room beside it; two of them keep their texts apart."""
    corners = ((1.0, 1.0), (99.0, 1.0), (99.0, 79.0), (1.0, 79.0))
    marks = _marks(("polygon", corners), ("polygon", corners))
    assert _apart(marks)
    for mark in marks:
        box = mark.text_box
        assert box.x >= 0
        assert box.x + box.width <= SIZE[0]
        assert box.y + box.height <= SIZE[1]


def test_a_text_goes_between_lines_where_there_is_no_room_beside() -> None:
    """Legs on a film as large as the tile: between them, not on them."""
    points = tuple((x, y) for x in (3.0, 97.0) for y in (1.0, 40.0, 79.0))
    (mark,) = _marks(("legs", points))
    covers = shape("legs").covers(mark.points)
    assert not any(mark.text_box.overlaps(box) for box in covers)
    assert shape("legs").bounds(mark.points).overlaps(mark.text_box)


def test_a_mark_without_room_for_its_values_has_its_name() -> None:
    """On the screen, and not while it is selected; its values are in the table."""
    rails = tuple(("length", ((float(x), 2.0), (float(x), 78.0))) for x in range(4, 100, 15))
    assert {len(mark.lines[0]) for mark in _marks(*rails)} == {len("标注 0  24.6 × 17.2 mm")}
    marks = _marks(*rails, short=True, selected="2")
    assert [mark.lines[0] for mark in marks] == [
        "标注 2  24.6 × 17.2 mm" if n == 2 else f"标注 {n}" for n in range(len(rails))
    ]
    covers = [box for mark in marks for box in mark.shape.covers(mark.points)]
    for mark in marks:
        if mark.tracking_uid != "2":
            assert not any(mark.text_box.overlaps(box) for box in covers)


def test_a_larger_text_has_a_larger_box() -> None:
    body = Box(200, 150, 20, 20)
    small, large = (text_box(("24.6 mm", "12"), body, [], [], SIZE, text_px=px) for px in (13.0, 26.0))
    assert (large.width, large.height) == (2 * small.width, 2 * small.height)
    (mark,) = _marks(("length", ((40.0, 40.0), (60.0, 40.0))), text_px=20.0)
    assert mark.text_px == 20.0


def test_texts_are_as_large_however_far_the_image_is_zoomed() -> None:
    """One size on the screen: marks grow with the image, their texts do not."""
    stored = np.zeros((80, 100), np.int16)
    viewport = Viewport(ViewportId("1"), image=stack_of([stored], [frame_of(stored)]), view=StackView(0))
    shown = shown_image(viewport)
    assert shown is not None
    mark = ShapeAnnotation(
        "1", shape("length"), anchor_of(viewport, shown), ((40.0, 40.0), (60.0, 40.0)), lines=("24.6 mm",)
    )
    viewport.put_layer(ShapeLayer((mark,)))
    sizes = []
    for zoom in (1.0, 3.0):
        viewport.zoom = zoom
        found = resolve(viewport, ScreenFacts(), SIZE)
        assert found is not None
        sizes.append((found.marks[0].text_box.width, found.marks[0].text_box.height))
    assert sizes[0] == sizes[1]
