"""Tiles of one series on the reading screen."""

from __future__ import annotations

from app.session.session import Session
from app.viewing.layouts import Layout
from app.viewing.tiling import tile, untile


def begin_tiles(session: Session, grid: Layout) -> None:
    """The active view's series over the cells of a grid."""
    tile(session.screen, grid)
    session.loaded.ask(session.screen.viewports)  # what was asked for before is late
    session.loaded.shown.emit()


def end_tiles(session: Session) -> None:
    """The layout as it was before them."""
    untile(session.screen)
    session.loaded.unload_unseen()
    session.loaded.shown.emit()
