"""Series that are dragged out of the strip and dropped on a tile."""

from __future__ import annotations

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from app.viewing.screen import SERIES_MIME, Screen, ViewportId


def accept_series(event: QDragEnterEvent) -> None:
    """Take a series, and nothing else, over a tile."""
    if event.mimeData().hasFormat(SERIES_MIME):
        event.acceptProposedAction()


def drop_series(screen: Screen, viewport_id: ViewportId, event: QDropEvent) -> None:
    """Tell which series, or display set of one, was dropped on a viewport; it becomes the active one."""
    dragged = bytes(event.mimeData().data(SERIES_MIME).data()).decode("utf-8")
    series_uid, _, display_set_id = dragged.partition(" ")
    event.acceptProposedAction()
    screen.active = viewport_id
    screen.act_begun.emit("")
    screen.dropped.emit(viewport_id, series_uid, display_set_id)
    screen.act_ended.emit()
