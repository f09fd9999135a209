"""The widget of a rendered volume: shows what the drawing process made, turns and zooms by mouse, and says
why where there is nothing.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.graphics import Corners
from app.viewing.presets import RenderingPreset, automatic_window, grey_rendering, rendering_preset
from app.viewing.rendered import RenderedImage
from app.viewing.screen import RenderingView, Screen, Viewport
from viewers.drops import accept_series, drop_series
from viewers.painting import paint_corners, paint_notice
from viewers.render.client import RenderClient, Source
from viewers.render.gl_probe import forget_failure
from viewers.render.painting import paint_pixels, processed_of, reduction_of, rendering_corners
from viewers.render.scene import Frame, View
from viewers.style import inks

#: after the last move, until the fine image is asked for
SETTLE_MS = 180
_ZOOM = (0.3, 12.0)
#: more than a further axis ever has
_MOST_POSITIONS = 1 << 20
#: buttons that go back and forth
_STEPS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
_BUTTONS = {
    Qt.MouseButton.LeftButton: "turn",
    Qt.MouseButton.MiddleButton: "pan",
    Qt.MouseButton.RightButton: "zoom",
}


class _ClientSignals(QObject):
    """Carries frames from the client's thread to the window's."""

    frame = Signal(int, object)
    failure = Signal(str)


class RenderingTile(QWidget):
    """Volume rendering of the shown series, of the processed one where that is shown."""

    def __init__(self, screen: Screen, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intent = screen
        self.viewport = viewport
        self.failure = ""
        self.frame: Frame | None = None
        self.frame_generation = 0
        self._source: Source | None = None
        self._grey: RenderingPreset | None = None
        self._drag: tuple[str, float, float, bool] | None = None
        self._signals = _ClientSignals()
        self._signals.frame.connect(self._take)
        self._signals.failure.connect(self._fail)
        self._client = RenderClient(self._signals.frame.emit, self._signals.failure.emit)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self._ask(fine=True))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(64, 64))
        self.setAcceptDrops(True)

    # -- what is shown --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Volume, preset, arrival or camera may have changed: ask for what is missing."""
        self._choose_source()
        if self._source is not None and self.frame is None:
            self._settle.start(1)
        elif self._source is not None and not self._same_look():
            self._ask(fine=False)
        self.update()

    def clear(self) -> None:
        """The volume has gone."""
        self._settle.stop()
        self._source, self.frame, self._grey = None, None, None
        self.viewport.rendered = None
        self._client.show(None, None)
        self.update()

    def dispose(self) -> None:
        """End the drawing process."""
        self._settle.stop()
        self._source = None
        self.viewport.rendered = None
        self._client.close()

    def retry(self) -> None:
        """Try again after a failure, also whether OpenGL draws."""
        self.failure = ""
        forget_failure()
        self.refresh()

    def _same_look(self) -> bool:
        """The frame on the screen shows the volume as it is asked for, if perhaps coarsely."""
        if self.frame is None or self.frame_generation != (self._source.generation if self._source else 0):
            return False
        wish, seen = self._wish(False), self.frame.view
        return (wish.camera, wish.zoom, wish.pan, wish.preset) == (
            seen.camera,
            seen.zoom,
            seen.pan,
            seen.preset,
        )

    def _choose_source(self) -> None:
        """The whole volume; nothing before the last slice has come, for a build takes the time of a load."""
        image, processed = self.viewport.image, processed_of(self.viewport)
        wanted = processed.volume if processed is not None else image if isinstance(image, Volume) else None
        if wanted is None or not wanted.voxels.ready.size or not wanted.voxels.complete:
            self._source = None
            return
        further = min(max(self.viewport.further, 0), wanted.voxels.ready.shape[0] - 1)
        # positions along the further axis are drawn as volumes of their own
        generation = wanted.voxels.generation * _MOST_POSITIONS + further
        if self._source is None or self._source.generation != generation:
            self._source = Source(
                wanted.at(further),
                wanted.grid,
                generation,
                ct=wanted.quantity is Quantity.HU,
                used=wanted.voxels.used,
            )
            self._grey = None if wanted.quantity is Quantity.HU else grey_rendering(automatic_window(wanted))

    @property
    def view(self) -> RenderingView:
        """What the viewport is asked to show."""
        return self.viewport.view if isinstance(self.viewport.view, RenderingView) else RenderingView()

    def _wish(self, fine: bool) -> View:
        ratio = self.devicePixelRatioF()
        size = (max(round(self.width() * ratio), 16), max(round(self.height() * ratio), 16))
        if not fine:
            # a drag is drawn at half the size: what counts is that it follows the hand
            share = min(1.0, 420.0 / max(size))
            size = (max(round(size[0] * share), 16), max(round(size[1] * share), 16))
        preset = self._grey or rendering_preset(self.view.preset)
        return View(size, self.view.camera, self.viewport.zoom, self.viewport.pan, preset, fine)

    def _ask(self, *, fine: bool) -> None:
        if self._source is None or self.failure or not self.isVisible():
            return
        if (
            fine
            and self.frame is not None
            and self.frame.view == self._wish(True)
            and self.frame_generation == self._source.generation
        ):
            return
        self._client.show(self._source, self._wish(fine))
        if not fine:
            self._settle.start()

    def _take(self, generation: int, frame: Frame) -> None:
        """A frame of an older volume is dropped."""
        if self._source is None or self._source.generation != generation:
            return
        self.frame, self.frame_generation = frame, generation
        self.viewport.rendered = RenderedImage(
            frame.width,
            frame.height,
            frame.pixels,
            fine=frame.fine,
            camera=frame.view.camera,
            further=generation % _MOST_POSITIONS,
            title=frame.view.preset.title,
            table_hidden=self._source.ct,
            voxels=frame.shape,
            of_voxels=self._source.grid.shape,
        )
        limit = reduction_of(self.viewport.rendered)
        self.setToolTip(limit.tip if limit is not None and frame.fine else "")
        self.update()

    def _fail(self, text: str) -> None:
        self.failure = text
        self.frame = self.viewport.rendered = None
        self.update()

    # -- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), inks().ground)
        size = (self.width(), self.height())
        if self.viewport.rendered is not None:
            paint_pixels(painter, self.viewport.rendered, QRectF(self.rect()), size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._paint_notice(painter, size)
        paint_corners(painter, self.corners(), size)
        self._paint_frame(painter)
        painter.end()

    def _paint_notice(self, painter: QPainter, size: tuple[int, int]) -> None:
        if self.viewport.rendered is not None:
            return
        if not isinstance(self.viewport.image, Volume):
            told = self.viewport.notice
            if self.viewport.image is not None:
                told = tr("Single images cannot be rendered as a volume.")
            if told:
                paint_notice(painter, size, told)
        elif self.failure:
            paint_notice(
                painter,
                size,
                tr("No volume rendering"),
                self.failure,
                tr("The slice views are not affected. Click here or press Enter to try again."),
            )
        elif self._source is None:
            paint_notice(painter, size, tr("The rendering follows when all images have arrived."))
        else:
            paint_notice(painter, size, tr("Preparing the rendering"))

    def corners(self) -> Corners:
        """Texts of the four corners."""
        preset = self._grey or rendering_preset(self.view.preset)
        return rendering_corners(self.viewport, self.viewport.rendered, preset.title, self.intent.text_level)

    def _paint_frame(self, painter: QPainter) -> None:
        alone = len(self.intent.shown) == 1
        if (self.intent.active != self.viewport.viewport_id or alone) and not self.hasFocus():
            return
        width = 2 if self.hasFocus() else 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(inks().accent, width))
        inset = width // 2
        painter.drawRect(
            self.rect().adjusted(inset, inset, -1 if width == 1 else -inset, -1 if width == 1 else -inset)
        )

    # -- mouse and keys -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.intent.active = self.viewport.viewport_id
        if self.failure:
            self.retry()
            return
        if event.button() in _STEPS:
            self.intent.view_asked.emit(_STEPS[event.button()])
        doing = _BUTTONS.get(event.button())
        if doing:
            self.intent.act_begun.emit("")
            self._drag = (doing, event.position().x(), event.position().y(), False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            return
        doing, x, y, _ = self._drag
        at = event.position()
        dx, dy = at.x() - x, at.y() - y
        if math.hypot(dx, dy) < 1:
            return
        self._drag = (doing, at.x(), at.y(), True)
        viewport = self.viewport
        if doing == "turn":
            self._turn(-dx * 0.5, dy * 0.5)
        elif doing == "pan":
            mm = self._mm_per_px()
            viewport.pan = (viewport.pan[0] + dx * mm, viewport.pan[1] + dy * mm)
        else:
            viewport.zoom = min(max(viewport.zoom * 2 ** (-dy / 150), _ZOOM[0]), _ZOOM[1])

    def _turn(self, azimuth: float, elevation: float) -> None:
        """Turn the camera by degrees."""
        before = self.view.camera
        after = (_around(before[0] + azimuth), min(max(before[1] + elevation, -90.0), 90.0))
        self.viewport.view = RenderingView(after, self.view.preset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag[0] == "zoom" and not drag[3]:
            where = event.globalPosition().toPoint()
            self.intent.context_asked.emit(self.viewport.viewport_id, where.x(), where.y())
        self.intent.act_ended.emit()
        self._settle.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.failure:
            self.intent.act_begun.emit("")
            self.intent.toggle_maximised(self.viewport.viewport_id)
            self.intent.act_ended.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        viewport = self.viewport
        self.intent.act_begun.emit(f"wheel {viewport.viewport_id}")
        viewport.zoom = min(max(viewport.zoom * 2 ** (event.angleDelta().y() / 480), _ZOOM[0]), _ZOOM[1])
        self.intent.act_ended.emit()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.failure and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.retry()
            return
        step = 15.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 5.0
        turns = {
            Qt.Key.Key_Left: (step, 0.0),
            Qt.Key.Key_Right: (-step, 0.0),
            Qt.Key.Key_Up: (0.0, -step),
            Qt.Key.Key_Down: (0.0, step),
        }
        turn = turns.get(Qt.Key(event.key()))
        if turn is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self.intent.act_begun.emit(f"turn {self.viewport.viewport_id}")
        self._turn(*turn)
        self.intent.act_ended.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.intent.active = self.viewport.viewport_id
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_series(event)

    def dropEvent(self, event: QDropEvent) -> None:
        drop_series(self.intent, self.viewport.viewport_id, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._settle.start()

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _mm_per_px(self) -> float:
        source = self._source
        if source is None:
            return 1.0
        height_mm = source.grid.shape[0] * source.grid.spacing_mm[0]
        across_mm = source.grid.shape[2] * source.grid.spacing_mm[2]
        return (
            max(height_mm / max(self.height(), 1), across_mm / max(self.width(), 1))
            * 1.04
            / self.viewport.zoom
        )


def _around(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0
