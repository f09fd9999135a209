"""What a presentation state makes of images: which, how they lie, in which grey."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from app.domain.layers import (
    Annotation,
    DisplayedArea,
    GraphicKind,
    GraphicObject,
    ImageReference,
    PresentationState,
    SoftcopyVoi,
    SpatialReference,
    TextObject,
    Units,
)
from app.domain.pixel import LookupTable, PixelSpacing, Rescale, SpacingSource
from app.domain.presentation import GreyPipeline, Window
from app.domain.quantity import Quantity
from app.domain.study import SopUid
from app.imaging.lookup import to_grey
from app.viewing.image_plane import frame_plane, slice_plane
from app.viewing.layers import PresentationLayer
from app.viewing.presented import display_points, framing_of, presented_images, shown_turn
from app.viewing.resolve import Resolved, ScreenFacts, resolve
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import display_set_of, volume_of

PIXELS = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60)


def state_for(*references: ImageReference, **facts: Any) -> PresentationState:
    return PresentationState("S", SpatialReference(images=references), **facts)


def reference(n: int, *frames: int) -> ImageReference:
    return ImageReference(SopUid(f"1.2.5.{n}"), frames)


def viewport_with(state: PresentationState, count: int = 2, **facts: Any) -> Viewport:
    frames = [frame_of(PIXELS, n + 1, **facts) for n in range(count)]
    viewport = Viewport(ViewportId("1"))
    viewport.show(stack_of([PIXELS] * count, frames), StackView(0))
    viewport.put_layer(PresentationLayer(presented_images(state, frames)))
    return viewport


def resolved(viewport: Viewport, size: tuple[int, int] = (400, 300), **facts: Any) -> Resolved:
    shown = resolve(viewport, ScreenFacts(**facts), size)
    assert shown is not None
    return shown


def test_each_image_takes_what_is_said_of_it() -> None:
    """By object and by frame; what names no image is for all that the state refers to."""
    frames = [frame_of(PIXELS, 1, index=n, frames_in_object=3) for n in range(3)]
    other = frame_of(PIXELS, 2)
    everywhere, second = Annotation("A", ()), Annotation("A", (reference(1, 2),))
    state = state_for(
        reference(1, 1, 2),
        annotations=(everywhere, second),
        voi=(SoftcopyVoi((reference(1, 2),), (Window(1, 2),)), SoftcopyVoi((), (Window(3, 4),))),
    )
    found = presented_images(state, [*frames, other])
    assert set(found) == {frames[0].key, frames[1].key}
    assert found[frames[0].key].annotations == (everywhere,)
    assert found[frames[1].key].annotations == (everywhere, second)
    assert found[frames[0].key].voi == Window(3, 4)
    assert found[frames[1].key].voi == Window(1, 2)


def test_only_the_images_that_are_meant_change() -> None:
    """The next image of the stack is neither turned nor inverted, and nothing is said of a state there."""
    viewport = viewport_with(state_for(reference(1), turns=1, inverse=True, creator="Li^Lei"))
    first = resolved(viewport)
    viewport.view = StackView(1)
    second = resolved(viewport)
    assert first.placement.turn == ((0, -1), (1, 0))
    assert second.placement.turn == ((1, 0), (0, 1))
    assert isinstance(first.pixels, GreyPipeline)
    assert isinstance(second.pixels, GreyPipeline)
    assert first.pixels.inverse
    assert not second.pixels.inverse
    told = [[line.text for line in shown.corners.bottom_right] for shown in (first, second)]
    assert "显示状态 S · Li Lei" in told[0]
    assert not any("显示状态" in text for text in told[1])


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_what_the_image_says_of_its_grey_does_not_count(photometric: str) -> None:
    """Neither its rescale, nor its window, nor MONOCHROME1 (PS3.4 N.2); a reader's window comes after all."""
    form = replace(frame_of(PIXELS).pixel_format, photometric=photometric, bits_stored=12, high_bit=11)
    facts = {"pixel_format": form, "transform": Rescale(2, -1000), "voi": (Window(40, 400),)}
    viewport = viewport_with(state_for(reference(1)), **facts)
    shown = resolved(viewport)
    assert isinstance(shown.pixels, GreyPipeline)
    assert to_grey(np.array([0, 2048, 4095], np.uint16), shown.pixels).tolist() == [0, 128, 255]
    viewport.window, viewport.invert = Window(100, 50), True
    mine = resolved(viewport).pixels
    assert isinstance(mine, GreyPipeline)
    assert (mine.voi, mine.inverse) == (Window(100, 50), True)


def test_a_volume_is_shown_from_its_stored_values() -> None:
    """Hounsfield units go back to stored values for a state that has no rescale, or another one; SUV stay."""
    volume = volume_of(np.full((3, 8, 8), -24, np.int16))
    plain = display_set_of(volume)
    found = replace(plain, frames=tuple(replace(f, transform=Rescale(2, -1024)) for f in plain.frames))
    references = tuple(ImageReference(frame.sop_uid) for frame in found.frames)
    window = SoftcopyVoi((), (Window(500.5, 1001),))
    for modality, stored in ((None, 500), (Rescale(2, -1024), -24), (Rescale(1, 250), 750)):
        state = state_for(*references, voi=(window,), modality=modality)
        viewport = Viewport(ViewportId("1"))
        viewport.show(volume, SliceView(0, 1), display_set=found)
        viewport.put_layer(PresentationLayer(presented_images(state, found.frames)))
        shown = resolved(viewport).pixels
        assert isinstance(shown, GreyPipeline)
        wanted = round(255 * min(max(stored / 1000, 0), 1))
        assert abs(int(to_grey(np.array([-24], np.int16), shown)[0]) - wanted) <= 1
    suv = replace(volume, quantity=Quantity.SUV_BW)
    viewport.show(suv, SliceView(0, 1), display_set=found)
    viewport.put_layer(PresentationLayer(presented_images(state, found.frames)))
    own = resolved(viewport).pixels
    assert isinstance(own, GreyPipeline)
    assert own.modality is None


def test_a_presentation_table_takes_what_the_window_gives() -> None:
    """256 entries of 12 bits, whatever the window's range; black stays where there is no number."""
    table = LookupTable(0, 12, (np.arange(256, dtype="<u2") ** 2 // 16).tobytes())
    pipeline = GreyPipeline(None, Window(2048, 4096), presentation=table)
    values = np.array([0, 2112, 4095], np.uint16)
    assert np.abs(to_grey(values, pipeline).astype(int) - [0, 67, 253]).max() <= 1
    assert to_grey(np.array([np.nan, 4095.0]), pipeline).tolist()[0] == 0


@pytest.mark.parametrize(("turns", "flipped"), list(product(range(4), (False, True))))
def test_slices_that_hang_mirrored_are_turned_as_they_are_stored(turns: int, flipped: bool) -> None:
    """The state turns the stored image; how its volume hangs changes nothing."""
    state = state_for(turns=turns, flipped=flipped)
    (found,) = presented_images(replace(state, reference=SpatialReference(images=(reference(1),))), [
        frame_of(PIXELS, 1)
    ]).values()  # fmt: skip
    stored = np.array(shown_turn(0, False, frame_plane(frame_of(PIXELS)), found))
    grid = volume_of(
        np.zeros((3, 8, 8), np.int16), axes=((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
    ).grid
    plane = slice_plane(grid, 0, 1)
    assert plane.view is not None
    turn = np.array(shown_turn(0, False, plane, found))
    start, right, down = (np.array(plane.from_source(*at)) for at in ((0, 0), (1, 0), (0, 1)))
    assert np.allclose(turn @ (right - start), stored @ (1, 0))
    assert np.allclose(turn @ (down - start), stored @ (0, 1))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_displayed_area_fills_the_tile(turns: int) -> None:
    """A part of the image, its corners named as they are turned; zoom and pan add to it."""
    corners = ((21, 11), (40, 30)) if turns == 0 else ((21, 30), (40, 11))
    area = DisplayedArea((), *corners)
    viewport = viewport_with(state_for(reference(1), areas=(area,), turns=turns))
    shown = resolved(viewport)
    box = [shown.placement.to_screen(x, y) for x in (20, 40) for y in (10, 30)]
    low, high = np.min(box, axis=0), np.max(box, axis=0)
    assert np.allclose((low + high) / 2, (200, 150))
    assert np.isclose(max((high - low) / (400, 300)), 1)
    viewport.zoom, viewport.pan = 2.0, (1.0, 0.0)
    nearer = resolved(viewport)
    assert np.isclose(nearer.placement.px_per_unit, 2 * shown.placement.px_per_unit)
    middle = np.subtract(nearer.placement.to_screen(30, 20), (200, 150))
    assert np.allclose(middle, (nearer.placement.px_per_unit, 0))
    whole = resolved(viewport_with(state_for(reference(1), areas=(area,))), on_screen=False)
    assert whole.framing.offset == (0.0, 0.0)


def test_true_size_and_magnification() -> None:
    """A millimetre of the state is one on the glass; a magnification counts pixels of the device."""
    spacing = PixelSpacing((0.5, 0.5), SpacingSource.PATIENT)
    plane, loose = frame_plane(frame_of(PIXELS, spacing=spacing)), frame_plane(frame_of(PIXELS))
    turn = ((1, 0), (0, 1))
    true = DisplayedArea((), (1, 1), (60, 40), "TRUE SIZE", spacing_mm=(0.5, 0.5))
    for one, pixel in ((plane, 0.5), (loose, 1.0)):
        framing = framing_of(true, one, turn, (400, 300), 4.0, 1.0)
        assert np.isclose(framing.px_per_unit * pixel, 2.0)  # 0.5 mm · 4 px/mm for a pixel
    twice = DisplayedArea((), (1, 1), (60, 40), "MAGNIFY", 3.0)
    assert np.isclose(framing_of(twice, plane, turn, (400, 300), 4.0, 2.0).px_per_unit * 0.5, 1.5)


@pytest.mark.parametrize(("turns", "flipped"), list(product(range(4), (False, True))))
def test_fractions_of_the_displayed_area_are_those_of_the_screen(turns: int, flipped: bool) -> None:
    """(0, 0) is its upper left corner as the state turns it, (1, 1) the lower right one."""
    area = DisplayedArea((), (21, 11), (40, 30))
    viewport = viewport_with(state_for(reference(1), areas=(area,), turns=turns, flipped=flipped))
    shown = resolved(viewport)
    assert shown.presented is not None
    frame = viewport.image.frames[0]  # type: ignore[union-attr]
    placed = [
        shown.placement.to_screen(*point)
        for point in display_points([(0, 0), (1, 1), (0.5, 0)], shown.presented, frame)
    ]
    (left, top), (right, bottom), (middle, above) = placed
    assert left < middle < right
    assert top < bottom
    assert np.isclose(above, top)
    assert np.isclose(middle, (left + right) / 2)


def test_a_slide_shows_what_is_said_of_all_of_it() -> None:
    """Of its total matrix, or of the displayed area; pixels of its tiles are counted."""
    line = ((1.0, 2.0), (3.0, 4.0))
    graphics = tuple(GraphicObject(GraphicKind.POLYLINE, line, units) for units in Units)
    texts = tuple(TextObject("a", anchor=(1.0, 2.0), anchor_units=units) for units in Units)
    state = state_for(reference(1), annotations=(Annotation("A", (), graphics, texts),))
    slide = frame_of(PIXELS, tiles=((0, 0, 0), (1, 0, 30)))
    (shown,) = presented_images(state, [slide]).values()
    (annotation,) = shown.annotations
    assert [one.units for one in annotation.graphics] == [Units.DISPLAY, Units.MATRIX]
    assert [one.anchor_units for one in annotation.texts] == [Units.DISPLAY, Units.MATRIX]
    assert [params for _, params in shown.told] == [{"n": "2"}]
    (plain,) = presented_images(state, [frame_of(PIXELS)]).values()
    assert (plain.annotations, plain.told) == (state.annotations, ())
