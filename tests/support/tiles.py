"""Tiles and pictures with the tools and painters of all features."""

from __future__ import annotations

from typing import Any

from app.bootstrap.ui_features import UI_FEATURES
from app.viewing.screen import Screen
from tests.support.capabilities import TOOLS
from viewers import picture
from viewers.viewport_grid import ViewportGrid
from widgets.ui_feature import painters_of

PAINTERS = painters_of(UI_FEATURES)


def viewport_grid(screen: Screen, *, part: int = 0) -> ViewportGrid:
    """The tiles of a screen."""
    return ViewportGrid(screen, TOOLS.values(), PAINTERS, part=part)


def draw_picture(*args: Any, **kwargs: Any) -> bytes:
    """An `app.viewing.pictures.PictureDrawer`."""
    return picture.draw_picture(*args, painters=PAINTERS, **kwargs)


def draw_view(*args: Any, **kwargs: Any) -> bytes:
    """An `app.viewing.pictures.ViewDrawer`."""
    return picture.draw_view(*args, painters=PAINTERS, **kwargs)
