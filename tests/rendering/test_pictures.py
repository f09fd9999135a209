"""Pictures of key images: drawn without a window, with marks, scale and letters."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.domain.presentation import Window
from app.errors import BadInput, Refused, Unavailable
from app.viewing.draft import Draft
from app.viewing.film import Film, FilmImage, film_bar, views_page
from app.viewing.layers import ShapeLayer
from app.viewing.layouts import grid_layout
from app.viewing.rendered import RenderedImage
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import RenderingView, Screen, SliceView, StackView, View, Viewport, ViewportId
from tests.support.capabilities import shape
from tests.support.stacks import frame_of, mammogram, stack_of, ultrasound
from tests.support.tiles import draw_picture, draw_view
from tests.support.volumes import volume_of
from widgets.panels.reading.film_painting import FilmHead, page_picture


def _drawn(png: bytes) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def _viewport(image: Any, view: View) -> Viewport:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, view)
    return viewport


def test_a_picture_shows_values_and_marks(qtbot: QtBot) -> None:
    """As wide as asked, as high as the image is in millimetres; white bone, black air, the mark's colour; not
    zoomed.
    """
    values = np.full((9, 60, 80), -1000, np.int16)
    values[:, 20:40, 50:70] = 1000
    viewport = _viewport(volume_of(values), SliceView(0, 4.0))
    viewport.window = Window(40, 400)
    plain = _drawn(draw_picture(viewport, 1000))
    shown = resolve(viewport, ScreenFacts(), (400, 300))
    assert shown is not None
    viewport.put_layer(
        ShapeLayer((Draft(shape("length"), ((10.5, 45.5), (40.5, 45.5)), shown).mark(viewport),))
    )
    viewport.zoom = 3.0
    full = _drawn(draw_picture(viewport, 1000))
    assert plain.shape == full.shape == (750, 1000, 3)

    def at(row: float, column: float) -> tuple[slice, slice]:
        y, x = round((row + 0.5) * 12.5), round((column + 0.5) * 12.5)
        return slice(y - 2, y + 3), slice(x - 2, x + 3)

    for picture in (plain, full):
        assert picture[at(30, 60)].min() == 255
        assert picture[at(55, 60)].max() == 0
    assert plain[at(45, 25)].max() == 0
    assert full[at(45, 25)].max() > 200


def test_each_plane_can_be_drawn(qtbot: QtBot) -> None:
    """MPR key images keep their millimetres: 4 mm slices make a coronal picture eight times as high a
    pixel.
    """
    volume = volume_of(np.zeros((20, 60, 80), np.int16), (4.0, 0.5, 0.5))
    assert _drawn(draw_picture(_viewport(volume, SliceView(1, 30.0)), 500)).shape == (1000, 500, 3)
    assert _drawn(draw_picture(_viewport(volume, SliceView(2, 30.0)), 600)).shape == (1600, 600, 3)


def test_single_images_can_be_drawn(qtbot: QtBot) -> None:
    """A projection, turned as it hangs; a frame of a colour cine."""
    viewport = _viewport(mammogram(), StackView())
    assert _drawn(draw_picture(viewport, 600)).shape == (800, 600, 3)
    viewport.turns = 1
    assert _drawn(draw_picture(viewport, 600)).shape == (450, 600, 3)
    picture = _drawn(draw_picture(_viewport(ultrasound(5), StackView(3)), 800))
    assert picture.shape == (600, 800, 3)
    assert picture[100, round(3.5 * 5)].min() > 200


def test_what_cannot_be_drawn_says_why(qtbot: QtBot) -> None:
    """Names thing, limit and value; what has not arrived is no picture."""
    with pytest.raises(BadInput, match=r"64 to 8192.*found 9000"):
        draw_picture(_viewport(volume_of(np.zeros((3, 8, 8), np.int16)), SliceView(0, 1.0)), 9000)
    waiting = stack_of([None], [frame_of(np.zeros((8, 8), np.uint8))])
    with pytest.raises(Unavailable, match="not arrived"):
        draw_picture(_viewport(waiting, StackView()), 500)


def test_a_rendering_is_drawn_as_it_was_last_seen(qtbot: QtBot) -> None:
    """Whole in a picture of another shape, with what must be said of it; before, and at another position of
    the further axis, there is none.
    """
    screen = Screen(grid_layout(1, 1))
    viewport = screen.active_viewport
    viewport.show(volume_of(np.zeros((4, 8, 8), np.int16)), RenderingView())
    with pytest.raises(Unavailable, match="not been drawn"):
        draw_view(screen, screen.active, (300, 300), 2.0, named=False)
    pixels = np.full((50, 100, 3), (200, 0, 0), np.uint8).tobytes()
    viewport.rendered = RenderedImage(
        100, 50, pixels, fine=True, camera=(0.0, 0.0), further=0, title="Bone", table_hidden=True,
        voxels=(4, 8, 8), of_voxels=(4, 8, 8),
    )  # fmt: skip
    viewport.unconfirmed = True
    picture = _drawn(draw_view(screen, screen.active, (300, 300), 2.0, named=False, texts=False))
    assert picture.shape == (600, 600, 3)
    assert picture[300, 300].tolist() == [200, 0, 0]
    assert picture[100, 300].max() == 0, "the image is 2:1, the picture square"
    assert picture[-100:, -300:].max(axis=2).max() > 150, "that it is unconfirmed is said without texts too"
    further = replace(viewport, further=1)
    with pytest.raises(Unavailable):
        draw_view(screen, screen.active, (300, 300), 2.0, named=False, instead=further)
    film = Film()
    ((image,),) = views_page(screen, film)
    assert film_bar(image) is None
    with pytest.raises(Refused, match="no true size"):
        views_page(screen, replace(film, true_size=True))

    def draw(image: FilmImage, ratio: float) -> bytes:
        facts, view = image.facts, image.view
        return draw_view(screen, screen.active, image.size_px, ratio, named=False, instead=view, facts=facts)

    page = page_picture(film, FilmHead("", "", ""), (image,), draw, number=1, pages=1, width_px=400)
    centre = page.pixelColor(page.width() // 2, page.height() // 2)
    assert (centre.red(), centre.green(), centre.blue()) == pytest.approx((200, 0, 0), abs=3)
