"""Large images: what is drawn of a part is what the whole would show, and no more is made than is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from app.domain.frame import Shutter
from app.domain.image import Image
from app.domain.presentation import Window
from app.viewing.layouts import grid_layout
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import Screen, SizeMode, SliceView, StackView, TextLevel, View, Viewport
from tests.support.stacks import frame_of, stack_of
from tests.support.tiles import PAINTERS
from tests.support.volumes import volume_of
from viewers.layers import visible
from viewers.partial_pixels import WHOLE, Part, PartlyMade
from viewers.pixel_cache import PixelCache
from viewers.tile_painter import TilePainter

SIZE = (200, 150)
_GENERATOR = np.random.default_rng(4)


def _stack(kind: Any, *, colour: bool = False, shutter: bool = False) -> Image:
    shape = (301, 403, 3) if colour else (301, 403)
    stored = _GENERATOR.integers(0, 255 if colour else 4000, shape).astype(kind)
    frame = frame_of(stored)
    if shutter:
        frame = replace(frame, shutter=Shutter(circle=(150, 200, 120)))
    return stack_of([stored], [frame])


def _volume() -> Image:
    return volume_of(_GENERATOR.integers(-1000, 1000, (5, 301, 403)).astype(np.int16))


def _pixels(tiles: TilePainter, viewport: Viewport) -> NDArray[np.uint8]:
    shown = resolve(viewport, ScreenFacts(text_level=TextLevel.NONE, bars=False), SIZE)
    assert shown is not None
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    tiles.paint(painter, shown, viewport)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4).copy()


@pytest.mark.parametrize(
    ("image", "view"),
    [
        (_stack(np.uint16), StackView()),
        (_stack(np.float32), StackView()),
        (_stack(np.uint16, shutter=True), StackView()),
        (_stack(np.uint8, colour=True), StackView()),
        (_volume(), SliceView(0, 2)),
        (_volume(), SliceView(1, 150)),
    ],
    ids=["grey", "real", "shutter", "colour", "slice", "across"],
)
def test_a_part_is_drawn_as_the_whole(
    qapp: object, monkeypatch: pytest.MonkeyPatch, image: Image, view: View
) -> None:
    """Moved, enlarged, made smaller than a block, turned, mirrored and windowed, one after the other."""
    viewport = Screen(grid_layout(1, 1)).active_viewport
    viewport.show(image, view)
    viewport.window = Window(1000, 3000)
    partly, whole = TilePainter(PAINTERS, PixelCache()), TilePainter(PAINTERS, PixelCache())
    acts: list[dict[str, Any]] = [
        {"size_mode": SizeMode.PIXELS}, {"pan": (20.0, -14.0)}, {"pan": (31.0, 3.0)}, {"pan": (-90.0, 60.0)},
        {"window": Window(900, 800)}, {"zoom": 2.7}, {"zoom": 0.8}, {"turns": 1}, {"flipped": True},
        {"zoom": 0.4}, {"size_mode": SizeMode.FIT}, {"pan": (4000.0, 0.0)}, {"pan": (0.0, 0.0)},
    ]  # fmt: skip
    for act in acts:
        for name, value in act.items():
            setattr(viewport, name, value)
        monkeypatch.setattr(visible, "WHOLE_PIXELS", 1 << 40)
        wanted = _pixels(whole, viewport)
        monkeypatch.setattr(visible, "WHOLE_PIXELS", 1)
        assert np.array_equal(_pixels(partly, viewport), wanted), act
        if "pan" not in act:
            assert wanted.max() > 0


def test_only_what_comes_into_view_is_made(qapp: object) -> None:
    """Moves make the strips that they uncover, once; another look makes what is seen, no more."""
    truth = np.arange(300 * 400, dtype=np.uint32).reshape(300, 400)
    made = np.zeros((300, 400), int)
    memory = PartlyMade()

    def make(part: Part) -> NDArray[np.uint32]:
        part.of(made)[:] += 1
        return part.of(truth)

    for part in (Part(10, 60, 20, 90), Part(15, 65, 30, 100), Part(0, 50, 10, 80), Part(20, 40, 30, 60)):
        assert np.array_equal(part.of(memory.pixels((7, "a"), (300, 400), part, make)), part.of(truth))
    assert made.max() == 1, "nothing is made twice"
    assert made.sum() == 65 * 90
    memory.pixels((7, "a"), (300, 400), Part(200, 250, 300, 350), make)
    assert made.sum() == 65 * 90 + 2500, "far away, what lies between is not made"
    memory.pixels((7, "b"), (300, 400), Part(0, 10, 0, 10), make)
    assert made.sum() == 65 * 90 + 2600
    memory.forget(8)
    assert memory._memory.size
    memory.forget(7)
    assert not memory._memory.size
    assert WHOLE.of(truth).shape == truth.shape
