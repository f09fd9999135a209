"""The reading screen: three slice views and the rendering, on one evented state."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.viewing.state import SLICE_PLANES, Layout, Plane, ScreenState
from viewers.painting import paint_notice
from viewers.rendering_tile import RenderingTile
from viewers.slice_tile import SliceTile
from viewers.style import inks

_ORDER = (Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL, Plane.RENDERING)
#: fields of the state that change what slice views draw
_SLICES = (
    "result", "result_label", "result_unconfirmed", "compare", "swipe", "segmentation", "segmentation_unconfirmed", "overlay_visible",
    "overlay_opacity", "hidden_segments", "window", "window_label", "invert", "crosshair_mm", "crosshair_visible", "text_level",
    "corner_text", "marks", "arrived", "tool", "volume_unconfirmed",
)  # fmt: skip
_RENDERING = (
    "result", "result_label", "result_unconfirmed", "volume_unconfirmed", "compare", "rendering_preset", "arrived", "text_level",
)  # fmt: skip


class ReadingView(QWidget):
    """Four tiles, or the active one alone.  Call `dispose` before it is thrown away."""

    def __init__(self, screen: ScreenState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intent = screen
        self.slices = {plane: SliceTile(screen, plane, self) for plane in SLICE_PLANES}
        self.rendering = RenderingTile(screen, self)
        self.tiles: dict[Plane, QWidget] = {**self.slices, Plane.RENDERING: self.rendering}
        self._connections: list[tuple[Any, Callable[..., None]]] = []
        self._disposed = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Images"))
        names = {
            Plane.AXIAL: tr("Axial view"), Plane.CORONAL: tr("Coronal view"), Plane.SAGITTAL: tr("Sagittal view"),
            Plane.RENDERING: tr("Volume rendering"),
        }  # fmt: skip
        for plane, tile in self.tiles.items():
            tile.setAccessibleName(names[plane])
        for first, second in itertools.pairwise(_ORDER):
            QWidget.setTabOrder(self.tiles[first], self.tiles[second])
        self._listen()
        self._arrange()

    def dispose(self) -> None:
        """Stop listening and drawing; end the drawing process.  May be called twice."""
        if self._disposed:
            return
        self._disposed = True
        for signal, slot in self._connections:
            signal.disconnect(slot, missing_ok=True)
        self._connections.clear()
        self.rendering.dispose()
        for tile in self.slices.values():
            tile.clear()

    def tile(self, plane: Plane) -> QWidget:
        """The widget of a plane."""
        return self.tiles[plane]

    # -- events ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        events = self.intent.events
        self._on(events.volume, self._volume_changed)
        self._on(events.layout, self._arrange)
        self._on(events.notice, self._notice_changed)
        self._on(events.active, self._active_changed)
        self._on(events.pointer_text, self._pointer_changed)
        for name in _SLICES:
            self._on(getattr(events, name), self._slices_changed)
        for name in _RENDERING:
            self._on(getattr(events, name), self._rendering_changed)
        for plane, state in self.intent.viewports.items():
            for name in ("index", "zoom", "pan_mm", "camera"):
                # the crosshair of every slice view shows where the others stand
                slot = self._rendering_changed if plane is Plane.RENDERING else self._slices_changed
                self._on(getattr(state.events, name), slot)

    def _on(self, signal: Any, slot: Callable[..., None]) -> None:
        signal.connect(slot)
        self._connections.append((signal, slot))

    def _volume_changed(self) -> None:
        for tile in self.slices.values():
            tile.clear()
        self.rendering.clear()
        self._arrange()
        self._rendering_changed()

    def _slices_changed(self) -> None:
        for tile in self.slices.values():
            tile.refresh()

    def _rendering_changed(self) -> None:
        self.rendering.refresh()

    def _notice_changed(self) -> None:
        self.update()

    def _pointer_changed(self) -> None:
        tile = self.tiles[self.intent.active]
        tile.update()

    def _active_changed(self) -> None:
        if self.intent.layout is Layout.SINGLE:
            held = any(tile.hasFocus() for tile in self.tiles.values())
            self._arrange()
            if held:
                self.tiles[self.intent.active].setFocus()
        for tile in self.tiles.values():
            tile.update()

    # -- layout ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Four tiles with a line of one pixel between, or one; none without a volume."""
        if self._disposed:
            return
        width, height = self.width(), self.height()
        if self.intent.volume is None:
            for tile in self.tiles.values():
                tile.hide()
        elif self.intent.layout is Layout.SINGLE:
            for plane, tile in self.tiles.items():
                tile.setGeometry(0, 0, width, height) if plane is self.intent.active else None
                tile.setVisible(plane is self.intent.active)
        else:
            left, top = (width - 1) // 2, (height - 1) // 2
            columns = ((0, left), (left + 1, width - left - 1))
            rows = ((0, top), (top + 1, height - top - 1))
            for number, plane in enumerate(_ORDER):
                (x, w), (y, h) = columns[number % 2], rows[number // 2]
                self.tiles[plane].setGeometry(x, y, w, h)
                self.tiles[plane].show()
        if self.hasFocus():
            self._hand_on_focus()
        self.update()

    # -- focus ----------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys belong to the active tile; this widget holds the focus only while there is no image."""
        self._hand_on_focus()

    def _hand_on_focus(self) -> None:
        if self.intent.volume is not None and not self._disposed:
            self.tiles[self.intent.active].setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.intent.volume is None:
            painter.fillRect(self.rect(), inks().ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            words = (
                (self.intent.notice,)
                if self.intent.notice
                else (tr("No images are open."), tr("Open a study in the worklist; its images appear here."))
            )
            paint_notice(painter, (self.width(), self.height()), *words)
        else:
            painter.fillRect(self.rect(), inks().line)
        painter.end()
