"""One slice view: paints the resolved state, turns mouse and keys into changes of the intent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QWidget

from app.domain.geometry import Point3
from app.domain.presentation import Window
from app.domain.roi import RoiKind
from app.i18n import tr
from app.viewing.marks import place_marks
from app.viewing.planes import as_point, nearest_slice
from app.viewing.resolve import ResolvedSlice, fit_px_per_mm, resolve, shown_value, source_told
from app.viewing.state import DRAWING_TOOLS, SLICE_PLANES, Compare, Layout, Plane, Reshaped, ScreenState, Tool
from viewers.drawing import Grip, Pen, grip_at, long_enough, moved, new_pen
from viewers.painting import Layers, paint_marks, paint_notice, paint_pixels, paint_shape, paint_text_plate
from viewers.slice_images import SliceImages
from viewers.style import inks

PointPx = tuple[float, float]
FAST = 10
#: a right press that moved less is a click
CLICK_PX = 4.0
_ZOOM = (0.2, 40.0)


@dataclass(frozen=True, slots=True)
class _Drag:
    """What was so when a button went down."""

    doing: str
    start: PointPx
    last: PointPx
    shown: ResolvedSlice
    window: Window
    label: str
    index: float
    zoom: float
    pan_mm: tuple[float, float]
    pen: Pen | None = None
    grip: Grip | None = None
    moved: bool = False


class SliceTile(QWidget):
    """A focusable slice view of one plane."""

    def __init__(self, screen: ScreenState, plane: Plane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intent, self.plane = screen, plane
        self._images = SliceImages()
        self._drag: _Drag | None = None
        self._pen: Pen | None = None
        #: a click-move-click line waits for its second click
        self._second_click = False
        self._wheel = 0.0
        self._pixels: tuple[object, QPixmap] | None = None
        self._pointer: PointPx | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(64, 64))

    # -- drawing --------------------------------------------------------------------------------------------

    def resolved(self) -> ResolvedSlice | None:
        """The present state of the view."""
        return resolve(self.intent, self.plane, (self.width(), self.height()), self.devicePixelRatioF())

    def refresh(self) -> None:
        """Something that is drawn has changed; many calls make one painting."""
        self.update()

    def clear(self) -> None:
        """The volume has gone: forget its pixels and what was being drawn."""
        self._images.clear()
        self._pixels = None
        self._drag, self._pen, self._second_click = None, None, False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.resolved()
        painter = QPainter(self)
        if shown is None:
            painter.fillRect(self.rect(), inks().ground)
        else:
            painter.drawPixmap(0, 0, self._pixel_layer(shown))
            paint_marks(painter, self._without_pen(shown))
            self._paint_pen(painter, shown)
            if shown.shown is None:
                paint_notice(painter, shown.size_px, tr("Loading images"))
        self._paint_frame(painter)
        painter.end()

    def _pixel_layer(self, shown: ResolvedSlice) -> QPixmap:
        """Scaled pixels without anything that follows the pointer; kept, so that a crosshair costs a copy only."""
        layers = self.layers(shown)
        ratio = self.devicePixelRatioF()
        key = (
            shown.rect, shown.size_px, shown.compare, shown.swipe_px, shown.ready, ratio, shown.overlay,
            *(image.cacheKey() if image is not None else 0 for image in (layers.source, layers.processed, layers.fill)),
            id(layers.outlines),
        )  # fmt: skip
        if self._pixels is not None and self._pixels[0] == key:
            return self._pixels[1]
        kept = self._pixels[1] if self._pixels is not None else None
        wanted = QSize(round(shown.size_px[0] * ratio), round(shown.size_px[1] * ratio))
        pixmap = kept if kept is not None and kept.size() == wanted else QPixmap(wanted)
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        paint_pixels(painter, shown, layers)
        painter.end()
        self._pixels = (key, pixmap)
        return pixmap

    def layers(self, shown: ResolvedSlice) -> Layers:
        """The pixels of a resolved state; empty where the voxels are of another generation."""
        volume, result, segmentation = self.intent.volume, self.intent.result, self.intent.segmentation
        if volume is None or volume.voxels.generation != shown.generation:
            return Layers(None)
        source = self._images.grey(shown, volume, result, processed=False) if shown.compare in (Compare.SOURCE, Compare.SWIPE) else None
        processed = self._images.grey(shown, volume, result, processed=True) if shown.compare is not Compare.SOURCE else None
        if segmentation is None or shown.overlay is None:
            return Layers(source, processed)
        return Layers(source, processed, self._images.fill(shown, segmentation), self._images.outlines(shown, segmentation))

    def _without_pen(self, shown: ResolvedSlice) -> ResolvedSlice:
        """While a mark is moved only its moving copy is drawn."""
        if self._pen is None or not self._pen.tracking_uid:
            return shown
        return replace(shown, marks=tuple(m for m in shown.marks if m.tracking_uid != self._pen.tracking_uid))

    def _paint_pen(self, painter: QPainter, shown: ResolvedSlice) -> None:
        volume = self.intent.volume
        if self._pen is None or volume is None:
            return
        for mark in place_marks(source_told((self._pen.mark(volume),), shown.compare), shown):
            paint_shape(painter, mark)
            paint_text_plate(painter, mark.text_box, mark.lines, inks().text)

    def _paint_frame(self, painter: QPainter) -> None:
        if (self.intent.active is not self.plane or self.intent.layout is Layout.SINGLE) and not self.hasFocus():
            return
        width = 2 if self.hasFocus() else 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(inks().accent, width))
        inset = width // 2
        painter.drawRect(self.rect().adjusted(inset, inset, -1 if width == 1 else -inset, -1 if width == 1 else -inset))

    # -- mouse ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.intent.active = self.plane
        shown = self.resolved()
        if shown is None:
            return
        at = _at(event)
        if self._second_click and self._pen is not None and event.button() == Qt.MouseButton.LeftButton:
            self._finish_pen(at)
            return
        doing = self._what(event, shown, at)
        if doing:
            self._begin(doing, shown, at)

    def _what(self, event: QMouseEvent, shown: ResolvedSlice, at: PointPx) -> str:
        button = event.button()
        if button == Qt.MouseButton.MiddleButton:
            return "pan"
        if button == Qt.MouseButton.RightButton:
            return "zoom"
        if button != Qt.MouseButton.LeftButton:
            return ""
        if shown.compare is Compare.SWIPE and abs(at[0] - shown.swipe_px) <= 8:
            return "swipe"
        if grip_at(shown.marks, at) is not None:
            return "reshape"
        return "draw" if self.intent.tool in DRAWING_TOOLS else str(self.intent.tool)

    def _begin(self, doing: str, shown: ResolvedSlice, at: PointPx) -> None:
        state = self.intent.viewport(self.plane)
        drag = _Drag(doing, at, at, shown, self.intent.window, self.intent.window_label, float(shown.index), state.zoom, state.pan_mm)
        if doing == "reshape":
            drag = self._grip(drag)
        elif doing == "draw":
            self._deselect()
            self._pen = new_pen(DRAWING_TOOLS[self.intent.tool], shown, at, at)
        elif doing == "crosshair":
            self._point(at, shown)
        elif doing not in ("pan", "zoom", "swipe"):
            self._deselect()
        self._drag = drag
        self.update()

    def _grip(self, drag: _Drag) -> _Drag:
        grip = grip_at(drag.shown.marks, drag.start)
        mark = next((m for m in self.intent.marks if grip is not None and m.tracking_uid == grip.tracking_uid), None)
        if grip is None or mark is None:
            return drag
        if not mark.selected:
            self.intent.mark_selected.emit(mark.tracking_uid)
        return replace(drag, grip=grip, pen=Pen(mark.roi.kind, mark.plane, mark.index, mark.roi.points_mm, mark.tracking_uid))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = _at(event)
        self._pointer = at
        shown = self.resolved()
        if shown is None:
            return
        drag = self._drag
        if drag is None:
            self._hover(event, shown, at)
        else:
            far = drag.moved or math.dist(at, drag.start) >= (CLICK_PX if drag.doing == "zoom" else 1)
            self._drag = replace(drag, last=at, moved=far)
            if far:
                self._go_on(drag, shown, at, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._tell_value(shown, at)

    def _go_on(self, drag: _Drag, shown: ResolvedSlice, at: PointPx, fast: bool) -> None:
        dx, dy = at[0] - drag.start[0], at[1] - drag.start[1]
        state = self.intent.viewport(self.plane)
        match drag.doing:
            case Tool.WINDOW:
                self.intent.window, self.intent.window_label = dragged_window(drag.window, dx, dy, fast), ""
            case Tool.SCROLL:
                per_slice = max(self.height() / max(shown.view.count, 1), 3.0)
                self._to_slice(drag.index + dy / per_slice * (FAST if fast else 1))
            case Tool.PAN:
                state.pan_mm = (drag.pan_mm[0] + dx / shown.px_per_mm, drag.pan_mm[1] + dy / shown.px_per_mm)
            case Tool.ZOOM:
                self._zoom_about(drag.start, drag.shown, drag.zoom * 2 ** (-dy / 150))
            case Tool.CROSSHAIR:
                self._point(at, shown)
            case "swipe":
                self.intent.swipe = min(max(at[0] / max(self.width(), 1), 0.02), 0.98)
            case "draw" | "reshape":
                self._move_pen(drag, at)

    def _move_pen(self, drag: _Drag, at: PointPx) -> None:
        if drag.doing == "draw":
            self._pen = new_pen(DRAWING_TOOLS[self.intent.tool], drag.shown, drag.start, at)
        elif drag.pen is not None and drag.grip is not None:
            self._pen = moved(drag.pen, drag.shown, drag.grip.handle, drag.start, at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is None:
            return
        at = _at(event)
        if drag.doing == "zoom" and event.button() == Qt.MouseButton.RightButton and not drag.moved:
            where = event.globalPosition().toPoint()
            if (grip := grip_at(drag.shown.marks, at)) is not None:
                self.intent.mark_selected.emit(grip.tracking_uid)
            self.intent.context_asked.emit(self.plane, where.x(), where.y())
        elif drag.doing == "reshape":
            self._finish_reshape(drag)
        elif drag.doing == "draw":
            self._finish_draw(drag, at)
        self.update()

    def _finish_reshape(self, drag: _Drag) -> None:
        pen, self._pen = self._pen, None
        if pen is not None and drag.moved and pen.tracking_uid:
            self.intent.reshaped.emit(Reshaped(pen.tracking_uid, pen.points_mm))

    def _finish_draw(self, drag: _Drag, at: PointPx) -> None:
        kind = DRAWING_TOOLS[self.intent.tool] if self._pen is None else self._pen.kind
        if long_enough(kind, drag.start, at):
            self._drag = drag
            self._finish_pen(at)
        elif self._pen is not None and math.dist(drag.start, at) < CLICK_PX:
            self._second_click, self._drag = True, drag
        else:
            self._pen = None

    def _finish_pen(self, at: PointPx) -> None:
        pen, drag = self._pen, self._drag
        self._pen, self._drag, self._second_click = None, None, False
        self.update()
        if pen is None or drag is None:
            return
        pen = new_pen(pen.kind, drag.shown, drag.start, at)
        inside = drag.shown.holds(drag.start) if pen.kind is not RoiKind.POINT else drag.shown.holds(at)
        if long_enough(pen.kind, drag.start, at) and inside and pen.mark(self.intent.volume).lines:  # type: ignore[arg-type]
            self.intent.drawn.emit(pen.drawn())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._second_click:
            self.mousePressEvent(event)
            return
        self.cancel()
        self.intent.active = self.plane
        self.intent.layout = Layout.QUAD if self.intent.layout is Layout.SINGLE else Layout.SINGLE

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button zooms; its click is told on release.  The menu key asks here."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            where = self.mapToGlobal(self.rect().center())
            self.intent.context_asked.emit(self.plane, where.x(), where.y())
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        shown = self.resolved()
        if shown is None:
            return
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.intent.active = self.plane
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = (event.position().x(), event.position().y())
            self._zoom_about(at, shown, self.intent.viewport(self.plane).zoom * 2 ** (turn / 480))
        else:
            self._wheel += turn / 120
            steps = math.trunc(self._wheel)
            self._wheel -= steps
            if steps:
                towards = -1 if self.intent.wheel_down_next else 1
                self.scroll_by(towards * steps * (FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.intent.pointer_text = ""

    def enterEvent(self, event: QEnterEvent) -> None:
        self.setCursor(Qt.CursorShape.CrossCursor if self.intent.tool in DRAWING_TOOLS else Qt.CursorShape.ArrowCursor)

    def _hover(self, event: QMouseEvent, shown: ResolvedSlice, at: PointPx) -> None:
        if self._second_click and self._pen is not None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.intent.tool not in DRAWING_TOOLS and shown.holds(at):
            self._point(at, shown)
        if shown.compare is Compare.SWIPE and abs(at[0] - shown.swipe_px) <= 8:
            shape = Qt.CursorShape.SplitHCursor
        elif (grip := grip_at(shown.marks, at)) is not None:
            shape = Qt.CursorShape.SizeAllCursor if grip.handle is None else Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.CrossCursor if self.intent.tool in DRAWING_TOOLS else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def _tell_value(self, shown: ResolvedSlice, at: PointPx) -> None:
        if self.intent.active is self.plane or self._drag is None:
            self.intent.pointer_text = shown_value(self.intent, shown, at)

    # -- keys -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.resolved()
        fast = FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        steps = {Qt.Key.Key_Down: fast, Qt.Key.Key_Up: -fast, Qt.Key.Key_PageDown: FAST * fast, Qt.Key.Key_PageUp: -FAST * fast}
        if shown is None or not plain:
            event.ignore()
        elif event.key() in steps:
            self.scroll_by(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._to_slice(0 if event.key() == Qt.Key.Key_Home else shown.view.count - 1)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.intent.series_asked.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        elif event.key() == Qt.Key.Key_Escape:
            if not self.cancel():
                self.intent.reset_views()
        else:
            event.ignore()

    def cancel(self) -> bool:
        """Drop what is being drawn, else the selection; False when there was neither."""
        busy = self._pen is not None or self._drag is not None
        drag = self._drag
        if drag is not None and drag.doing == Tool.WINDOW:
            self.intent.window, self.intent.window_label = drag.window, drag.label
        self._pen, self._drag, self._second_click = None, None, False
        self.update()
        if not busy and any(m.selected for m in self.intent.marks):
            self.intent.mark_selected.emit("")
            return True
        return busy

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.intent.active = self.plane
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._pixels = None

    # -- changes of the intent ------------------------------------------------------------------------------

    def scroll_by(self, steps: int) -> None:
        """Go some slices on; the crosshair goes with them."""
        shown = self.resolved()
        if shown is not None:
            self._to_slice(shown.index + steps)

    def _to_slice(self, index: float) -> None:
        volume = self.intent.volume
        shown = self.resolved()
        if volume is None or shown is None:
            return
        state = self.intent.viewport(self.plane)
        state.index = float(nearest_slice(index, shown.view.count))
        if self.intent.crosshair_mm is not None:
            along = [self.intent.viewport(plane).index for plane in SLICE_PLANES]
            self.intent.crosshair_mm = as_point(volume.grid.to_lps(along))
        if self._pointer is not None and self.underMouse():
            fresh = self.resolved()
            if fresh is not None:
                self.intent.pointer_text = shown_value(self.intent, fresh, self._pointer)

    def _point(self, at: PointPx, shown: ResolvedSlice) -> None:
        self.intent.go_to(_held(shown, at))

    def _zoom_about(self, at: PointPx, shown: ResolvedSlice, zoom: float) -> None:
        """Zoom so that what lies under `at` stays there."""
        state = self.intent.viewport(self.plane)
        wanted = min(max(zoom, _ZOOM[0]), _ZOOM[1])
        before, after = shown.px_per_mm, fit_px_per_mm(shown.view, shown.size_px) * wanted
        pan = []
        for side, size in enumerate((self.width(), self.height())):
            corner, extent_mm = shown.rect[side], shown.view.size[side] * shown.view.spacing_mm[side]
            mm = (at[side] - corner) / before
            pan.append((at[side] - size / 2) / after - mm + extent_mm / 2)
        state.zoom, state.pan_mm = wanted, (pan[0], pan[1])

    def _deselect(self) -> None:
        if any(m.selected for m in self.intent.marks):
            self.intent.mark_selected.emit("")


def dragged_window(window: Window, dx: float, dy: float, fast: bool = False) -> Window:
    """Right widens, down raises the level (the image darkens); a step is a share of the width it had, so that narrow windows stay fine."""
    step = max(window.width, 1.0) / 300 * (FAST if fast else 1)
    width = max(window.width + dx * step, 1.0 if window.width >= 4 else window.width / 100)
    return Window(window.centre + dy * step, width)


def _held(shown: ResolvedSlice, at: PointPx) -> Point3:
    """LPS point under a pixel, held on the image."""
    x, y, width, height = shown.rect
    across, down = shown.scale
    inside = (min(max(at[0], x + across / 2), x + width - across / 2), min(max(at[1], y + down / 2), y + height - down / 2))
    return shown.to_lps(inside)


def _at(event: QMouseEvent) -> PointPx:
    where: QPointF = event.position()
    return (where.x(), where.y())
