"""A slice that could not be read: why, and nothing that belongs to another one."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from app.domain.presentation import Window
from app.viewing.screen import SliceView, Viewport, ViewportId
from app.viewing.shown_image import shown_image
from tests.support.painted import painted
from tests.support.volumes import volume_of


def _viewport() -> Viewport:
    viewport = Viewport(ViewportId("1"))
    volume = volume_of(np.full((5, 40, 40), 500, np.int16))
    volume.voxels.ready[0, 2] = False
    viewport.show(volume, SliceView(0, 2.0))
    viewport.window = Window(100, 100)
    return viewport


def test_no_neighbour_stands_in_for_what_never_comes(qtbot: QtBot) -> None:
    """While images are on their way a neighbour does, darkened; its own neighbours are as they were."""
    viewport = _viewport()
    shown, pixels = painted(viewport)
    assert shown.image.shown in (1, 3)
    assert pixels.max() > 100
    viewport.failed = "the reason"
    shown, pixels = painted(viewport)
    assert shown.is_missing
    assert shown.image.shown is None
    assert (pixels == pixels[0, 0]).all(), "the ground alone; words are laid over it"
    viewport.view = SliceView(0, 3.0)
    shown, pixels = painted(viewport)
    assert not shown.is_missing
    assert pixels.max() > 200
    viewport.view = SliceView(1, 20.0)
    assert not painted(viewport)[0].is_missing, "a plane across the slices shows those that there are"
    seen = shown_image(viewport)
    assert seen is not None
    assert seen.ready
