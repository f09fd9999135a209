"""The fourth tile: shows what the drawing process made; turns and zooms by mouse; says why where there is nothing."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.domain.geometry import orientation_letters
from app.domain.volume import Quantity
from app.i18n import tr
from app.viewing.presets import RenderingPreset, automatic_window, grey_rendering, rendering_preset
from app.viewing.resolve import Corners, Role, TextLine
from app.viewing.state import Compare, Layout, Plane, ScreenState, TextLevel
from viewers.painting import paint_corners, paint_letters, paint_notice
from viewers.render_client import RenderClient, Source
from viewers.render_scene import Frame, View, camera_vectors
from viewers.style import inks

#: after the last move, until the fine image is asked for
SETTLE_MS = 180
_ZOOM = (0.3, 12.0)
_BUTTONS = {Qt.MouseButton.LeftButton: "turn", Qt.MouseButton.MiddleButton: "pan", Qt.MouseButton.RightButton: "zoom"}


class _Mail(QObject):
    """Carries frames from the client's thread to the window's."""

    frame = Signal(int, object)
    failure = Signal(str)


class RenderingTile(QWidget):
    """Volume rendering of the shown series, of the processed one where that is shown."""

    def __init__(self, screen: ScreenState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intent, self.plane = screen, Plane.RENDERING
        self.failure = ""
        self.frame: Frame | None = None
        self.frame_generation = 0
        self._image: QImage | None = None
        self._source: Source | None = None
        self._grey: RenderingPreset | None = None
        self._drag: tuple[str, float, float, bool] | None = None
        self._mail = _Mail()
        self._mail.frame.connect(self._take)
        self._mail.failure.connect(self._fail)
        self._client = RenderClient(self._mail.frame.emit, self._mail.failure.emit)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self._ask(fine=True))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(64, 64))

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
        self._source, self.frame, self._image, self._grey = None, None, None, None
        self._client.show(None, None)
        self.update()

    def dispose(self) -> None:
        """End the drawing process."""
        self._settle.stop()
        self._source = None
        self._client.close()

    def retry(self) -> None:
        """Try again after a failure."""
        self.failure = ""
        self.refresh()

    def _same_look(self) -> bool:
        """The frame on the screen shows the volume as it is asked for, if perhaps coarsely."""
        if self.frame is None or self.frame_generation != (self._source.generation if self._source else 0):
            return False
        wish, seen = self._wish(False), self.frame.view
        return (wish.camera, wish.zoom, wish.pan, wish.preset) == (seen.camera, seen.zoom, seen.pan, seen.preset)

    def _choose_source(self) -> None:
        """The whole volume; nothing before the last slice has come, for a build takes the time of a load."""
        volume = self.intent.volume
        processed = self.intent.compare is Compare.RESULT and self.intent.result is not None
        wanted = self.intent.result if processed else volume
        if wanted is None or not wanted.voxels.ready.size or not wanted.voxels.complete:
            self._source = None
            return
        if self._source is None or self._source.generation != wanted.voxels.generation:
            self._source = Source(wanted.at(), wanted.grid, wanted.voxels.generation, wanted.quantity is Quantity.HU)
            self._grey = None if wanted.quantity is Quantity.HU else grey_rendering(automatic_window(wanted))

    def _wish(self, fine: bool) -> View:
        state = self.intent.viewport(Plane.RENDERING)
        ratio = self.devicePixelRatioF()
        size = (max(round(self.width() * ratio), 16), max(round(self.height() * ratio), 16))
        if not fine:
            # a drag is drawn at half the size: what counts is that it follows the hand
            share = min(1.0, 420.0 / max(size))
            size = (max(round(size[0] * share), 16), max(round(size[1] * share), 16))
        preset = self._grey or rendering_preset(self.intent.rendering_preset)
        return View(size, state.camera, state.zoom, state.pan_mm, preset, fine)

    def _ask(self, *, fine: bool) -> None:
        if self._source is None or self.failure or not self.isVisible():
            return
        if fine and self.frame is not None and self.frame.view == self._wish(True) and self.frame_generation == self._source.generation:
            return
        self._client.show(self._source, self._wish(fine))
        if not fine:
            self._settle.start()

    def _take(self, generation: int, frame: Frame) -> None:
        """A frame of an older volume is dropped."""
        if self._source is None or self._source.generation != generation:
            return
        self.frame, self.frame_generation = frame, generation
        self._image = QImage(frame.pixels, frame.width, frame.height, frame.width * 3, QImage.Format.Format_RGB888)
        self.update()

    def _fail(self, text: str) -> None:
        self.failure = text
        self.frame, self._image = None, None
        self.update()

    # -- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), inks().ground)
        size = (self.width(), self.height())
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            painter.drawImage(self.rect(), self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            right, up, _ = camera_vectors(self.intent.viewport(Plane.RENDERING).camera)
            paint_letters(
                painter, (orientation_letters(-right), orientation_letters(right), orientation_letters(up), orientation_letters(-up)), size
            )  # fmt: skip
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._paint_notice(painter, size)
        paint_corners(painter, self.corners(), size)
        self._paint_frame(painter)
        painter.end()

    def _paint_notice(self, painter: QPainter, size: tuple[int, int]) -> None:
        if self.intent.volume is None or self._image is not None:
            return
        if self.failure:
            paint_notice(
                painter, size, tr("No volume rendering"), self.failure, tr("The slice views are not affected. Click here to try again.")
            )
        elif self._source is None:
            paint_notice(painter, size, tr("The rendering follows when all images have arrived."))
        else:
            paint_notice(painter, size, tr("Preparing the rendering"))

    def corners(self) -> Corners:
        """Texts of the four corners."""
        if self.intent.volume is None or self.intent.text_level is TextLevel.NONE:
            return Corners(bottom_right=self._must_say())
        title = tr("Grey") if self._grey is not None else tr(rendering_preset(self.intent.rendering_preset).title)
        lines: tuple[TextLine, ...] = (TextLine(f"{tr('Volume rendering')}   {title}"),)
        if self._source is not None and self._source.ct and self._image is not None:
            lines = (*lines, TextLine(tr("Table hidden"), Role.QUIET))
        return Corners(top_left=lines, bottom_right=self._must_say())

    def _must_say(self) -> tuple[TextLine, ...]:
        """What must never be hidden: that it is processed and not confirmed, and that it is coarse."""
        lines: list[TextLine] = []
        processed = self.intent.compare is Compare.RESULT and self.intent.result is not None
        if processed:
            lines.append(TextLine(self.intent.result_label or tr("Processed")))
        if self.intent.result_unconfirmed if processed else self.intent.volume_unconfirmed:
            lines.append(TextLine(tr("AI · not confirmed"), Role.WARNING))
        if self.frame is not None and not self.frame.fine:
            lines.append(TextLine(tr("Reduced while moving"), Role.WARNING))
        return tuple(lines)

    def _paint_frame(self, painter: QPainter) -> None:
        if (self.intent.active is not self.plane or self.intent.layout is Layout.SINGLE) and not self.hasFocus():
            return
        width = 2 if self.hasFocus() else 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(inks().accent, width))
        inset = width // 2
        painter.drawRect(self.rect().adjusted(inset, inset, -1 if width == 1 else -inset, -1 if width == 1 else -inset))

    # -- mouse and keys -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.intent.active = self.plane
        if self.failure:
            self.retry()
            return
        doing = {Qt.MouseButton.LeftButton: "turn", Qt.MouseButton.MiddleButton: "pan", Qt.MouseButton.RightButton: "zoom"}.get(
            event.button()
        )
        if doing:
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
        state = self.intent.viewport(Plane.RENDERING)
        if doing == "turn":
            azimuth, elevation = state.camera
            state.camera = (_around(azimuth - dx * 0.5), min(max(elevation + dy * 0.5, -90.0), 90.0))
        elif doing == "pan":
            mm = self._mm_per_px()
            state.pan_mm = (state.pan_mm[0] + dx * mm, state.pan_mm[1] + dy * mm)
        else:
            state.zoom = min(max(state.zoom * 2 ** (-dy / 150), _ZOOM[0]), _ZOOM[1])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag[0] == "zoom" and not drag[3]:
            where = event.globalPosition().toPoint()
            self.intent.context_asked.emit(self.plane, where.x(), where.y())
        self._settle.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.failure:
            self.intent.active = self.plane
            self.intent.layout = Layout.QUAD if self.intent.layout is Layout.SINGLE else Layout.SINGLE

    def wheelEvent(self, event: QWheelEvent) -> None:
        state = self.intent.viewport(Plane.RENDERING)
        state.zoom = min(max(state.zoom * 2 ** (event.angleDelta().y() / 480), _ZOOM[0]), _ZOOM[1])
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        state = self.intent.viewport(Plane.RENDERING)
        step = 15.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 5.0
        turns = {Qt.Key.Key_Left: (step, 0.0), Qt.Key.Key_Right: (-step, 0.0), Qt.Key.Key_Up: (0.0, -step), Qt.Key.Key_Down: (0.0, step)}
        turn = turns.get(Qt.Key(event.key()))
        if turn is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        state.camera = (_around(state.camera[0] + turn[0]), min(max(state.camera[1] + turn[1], -90.0), 90.0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.intent.active = self.plane
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._settle.start()

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _mm_per_px(self) -> float:
        source, state = self._source, self.intent.viewport(Plane.RENDERING)
        if source is None:
            return 1.0
        height_mm = source.grid.shape[0] * source.grid.spacing_mm[0]
        across_mm = source.grid.shape[2] * source.grid.spacing_mm[2]
        return max(height_mm / max(self.height(), 1), across_mm / max(self.width(), 1)) * 1.04 / state.zoom


def _around(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0
