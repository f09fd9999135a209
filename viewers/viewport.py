"""The widget of one viewport with a slice or a stack: paints the resolved state, turns mouse and keys into
changes of the intent (the screen: `QWidget.screen` is taken).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.domain.geometry import PointPx
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.cine import set_ends, step_rate, toggle_cine, toggle_mode
from app.viewing.draft import Draft
from app.viewing.image_size import glass_of
from app.viewing.links import count_of, index_of, scroll_to
from app.viewing.mark_places import handle_at, place_marks
from app.viewing.mark_wording import source_told
from app.viewing.monitors import monitor_of
from app.viewing.pointer import pointer_text
from app.viewing.resolve import USUAL_PX_PER_MM, Resolved, Surroundings, facts_of, resolve
from app.viewing.screen import Screen, Viewport
from app.viewing.sequence_state import SequenceBar
from app.viewing.tiling import steps_of, whole_rows
from app.viewing.tools.crosshair import point_at
from app.viewing.tools.draw import deselect, take_hold
from app.viewing.tools.swipe import Swiping, on_divider
from app.viewing.tools.tool import CLICK_PX, FAST, Cursor, Gesture, Pointer, Tool, ToolGroup
from app.viewing.tools.zoom import zoom_about
from viewers.drops import accept_series, drop_series
from viewers.layers.shapes import paint_shape
from viewers.magnifier import MORE_TIMES, TIMES, lens_at, paint_lens
from viewers.painting import paint_notice, paint_plated, paint_text_plate
from viewers.player import Player
from viewers.sequence_bar import BarPart, part_at, part_words, position_at
from viewers.style import inks
from viewers.tile_painter import TilePainter
from viewers.tile_painting import paint_graphics, paint_seen, tip_at
from viewers.words_line import ask_words

_CURSORS = {
    Cursor.ARROW: Qt.CursorShape.ArrowCursor,
    Cursor.CROSS: Qt.CursorShape.CrossCursor,
    Cursor.MOVE: Qt.CursorShape.OpenHandCursor,
    Cursor.POINT: Qt.CursorShape.PointingHandCursor,
    Cursor.SPLIT: Qt.CursorShape.SplitHCursor,
}


#: buttons of the mouse that go back and forth
_STEPS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}


class ViewportTile(QWidget):
    """A focusable tile.  It repaints for its own viewport only."""

    #: emitted after each painting of the tile
    painted = Signal()

    def __init__(
        self,
        screen: Screen,
        viewport: Viewport,
        tools: Mapping[str, Tool],
        tile_painter: TilePainter,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.intent = screen
        self.viewport = viewport
        self.draft: Draft | None = None
        #: what the other viewports make this one say, where somebody keeps it
        self.around: Surroundings | None = None
        self._tools, self._tile_painter = tools, tile_painter
        self._gesture: Gesture | None = None
        #: button, place of the press, and whether the pointer has left it
        self._pressed: tuple[Qt.MouseButton, PointPx, bool] | None = None
        #: the gesture goes on between two clicks, with the tool that it was begun with
        self._waiting, self._begun_with = False, ""
        #: the bar and what of it is dragged
        self._scrubbing: tuple[SequenceBar, BarPart] | None = None
        self._wheel = 0.0
        self._pixels: tuple[object, QPixmap] | None = None
        self._pointer: PointPx | None = None
        self._more = False
        self._player = Player(self, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(48, 48))

    @property
    def _tool(self) -> Tool:
        """The tool of the left button."""
        return self._tools[self.intent.tool]

    # -- drawing --------------------------------------------------------------------------------------------

    def resolved(self) -> Resolved | None:
        """The present state of the tile."""
        glass = glass_of(self.intent, self.viewport)
        dots = self.screen().physicalDotsPerInch()
        px_per_mm = dots / 25.4 if dots > 0 else USUAL_PX_PER_MM
        if glass.px_per_mm is not None:
            px_per_mm = glass.px_per_mm / glass.ratio
        facts = facts_of(self.intent, self.viewport.viewport_id, self.around, px_per_mm)
        return resolve(self.viewport, facts, (self.width(), self.height()), self.devicePixelRatioF())

    def clear(self) -> None:
        """The image has gone: forget its pixels and what was being drawn."""
        self._pixels = None
        self._gesture, self.draft, self._waiting, self._pressed = None, None, False, None
        self.update()

    def dispose(self) -> None:
        """Stop playing and forget the pixels."""
        self._player.stop()
        self.clear()

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.resolved()
        painter = QPainter(self)
        if shown is None:
            painter.fillRect(self.rect(), inks().ground)
            self._paint_nothing(painter)
        else:
            other = shown.beside if shown.beside is not None and shown.beside.turned else None
            seen, viewport = (shown, self.viewport) if other is None else (other.shown, other.viewport)
            painter.drawPixmap(0, 0, self._pixel_layer(seen, viewport))
            paint_graphics(painter, self._without_draft(seen))
            paint_seen(painter, shown)
            if other is None:
                self._paint_draft(painter, shown)
            self._paint_told(painter)
            self._paint_lens(painter, shown)
        self._paint_frame(painter)
        painter.end()
        self.painted.emit()

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self.viewport.notice:
            paint_notice(painter, (self.width(), self.height()), self.viewport.notice)
        elif min(self.width(), self.height()) > 120:
            paint_notice(painter, (self.width(), self.height()), tr("Drop a series here."))

    def _pixel_layer(self, shown: Resolved, viewport: Viewport) -> QPixmap:
        """Scaled pixels without anything that follows the pointer; kept, so that a crosshair costs a copy
        only.
        """
        ratio = self.devicePixelRatioF()
        key = (self._pixel_key(shown, viewport), ratio)
        if self._pixels is not None and self._pixels[0] == key:
            return self._pixels[1]
        kept = self._pixels[1] if self._pixels is not None else None
        wanted = QSize(round(shown.size_px[0] * ratio), round(shown.size_px[1] * ratio))
        pixmap = kept if kept is not None and kept.size() == wanted else QPixmap(wanted)
        if pixmap.isNull():  # a tile without area: nothing can be painted on it
            return pixmap
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        self._tile_painter.paint(painter, shown, viewport)
        painter.end()
        self._pixels = (key, pixmap)
        return pixmap

    def _pixel_key(self, shown: Resolved, viewport: Viewport) -> tuple[object, ...]:
        """All that the scaled pixels depend on."""
        image, beside = shown.image, shown.beside
        layers = self._tile_painter.layers(viewport)
        # a plane across the slices fills while they arrive
        filling = viewport.arrived if image.fraction < 1 and image.plane.view is not None else 0
        drawn = (image.generation, image.index, image.shown, image.further, filling, shown.is_missing)
        looks = (shown.pixels, shown.processed, shown.compare, shown.swipe_px, shown.cover, shown.overlays)
        other = (beside.mode, self._pixel_key(beside.shown, beside.viewport)) if beside is not None else ()
        return (*drawn, *looks, shown.placement, shown.area, layers, other)

    def _without_draft(self, shown: Resolved) -> Resolved:
        """While a shape is moved only its moving copy is drawn."""
        draft = self.draft
        if draft is None or not draft.tracking_uid:
            return shown
        return shown.without_mark(draft.tracking_uid)

    def _paint_draft(self, painter: QPainter, shown: Resolved) -> None:
        draft = self.draft
        if draft is None or self.viewport.image is None:
            return
        marks = source_told((draft.mark(self.viewport),), shown.compare, shown.plane)
        for mark in place_marks(marks, shown.placement, shown.size_px, text_px=self.intent.mark_text_px):
            paint_shape(painter, mark)
            paint_text_plate(painter, mark.text_box, mark.lines, inks().text, mark.text_px)

    def _paint_told(self, painter: QPainter) -> None:
        """What the tool in hand says beside the pointer."""
        told = self._tool.told(self) if self._pointer is not None else ""
        if told and self._pointer is not None:
            paint_plated(painter, self._pointer[0] + 16, self._pointer[1] + 24, told, inks().text)

    def _paint_lens(self, painter: QPainter, shown: Resolved) -> None:
        """What lies under the pointer, magnified; with the shape that is being drawn."""
        if not self.intent.magnifier or self._pointer is None:
            return
        lens = lens_at(shown, self._pointer, MORE_TIMES if self._more else TIMES)
        if lens is None:
            return
        marks, draft = self._without_draft(shown).marks, self.draft
        if draft is not None and self.viewport.image is not None:
            drawn = (draft.mark(self.viewport),)
            marks = (*marks, *place_marks(drawn, shown.placement, shown.size_px))
        paint_lens(painter, shown, lens, self.viewport, marks, self._tile_painter)

    def _paint_frame(self, painter: QPainter) -> None:
        alone = len(self.intent.shown) == 1
        if (self.intent.active != self.viewport.viewport_id or alone) and not self.hasFocus():
            return
        width = 2 if self.hasFocus() else 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(inks().accent, width))
        inset, last = width // 2, -1 if width == 1 else -(width // 2)
        painter.drawRect(self.rect().adjusted(inset, inset, last, last))

    # -- mouse ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.intent.active = self.viewport.viewport_id
        shown = self.resolved()
        if shown is None:
            return
        if event.button() in _STEPS:
            self.intent.view_asked.emit(_STEPS[event.button()])
            return
        self.intent.act_begun.emit("")
        pointer = _pointer_of(event)
        self._pressed = (event.button(), pointer.at, False)
        if self._waiting and self._begun_with != self.intent.tool:
            self.cancel()  # another tool is in hand since
        if self._waiting and self._gesture is not None and event.button() == Qt.MouseButton.LeftButton:
            self._gesture.press_again(pointer)
            self.update()
            return
        if (
            shown.bar is not None
            and shown.bar.box.holds(pointer.at)
            and event.button() == Qt.MouseButton.LeftButton
        ):
            self._press_bar(shown.bar, pointer.at)
            return
        self._gesture = self._begin(event.button(), shown, pointer)
        self.update()

    def _begin(self, button: Qt.MouseButton, shown: Resolved, pointer: Pointer) -> Gesture | None:
        others = {
            Qt.MouseButton.MiddleButton: self.intent.middle_tool,
            Qt.MouseButton.RightButton: self.intent.right_tool,
        }
        if button in others:
            return self._tools[others[button]].press(self, shown, pointer)
        if button != Qt.MouseButton.LeftButton:
            return None
        if on_divider(shown, pointer.at):
            return Swiping(self, self.width())
        chosen = self._tool
        if shown.other_at(pointer.at) is not None and chosen.group is not ToolGroup.LOOK:
            return None  # what is drawn belongs to the images of this view
        grabbed = handle_at(shown.marks, pointer.at)
        if grabbed is not None:
            return take_hold(self, shown, pointer, grabbed)
        self._begun_with = chosen.tool_id
        if chosen.group is ToolGroup.LOOK:
            deselect(self)
        return chosen.press(self, shown, pointer)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = _pointer_of(event)
        self._pointer = pointer.at
        shown = self.resolved()
        if shown is None:
            return
        if self._scrubbing is not None:
            self._scrub(*self._scrubbing, pointer.at)
        elif self._gesture is None:
            self._hover(shown, pointer)
        elif self._has_moved(pointer):
            self._gesture.move(pointer)
            self.update()
        self._tell_value(shown, pointer.at)
        self._more = pointer.fast
        if self._follows_pointer:
            self.update()

    @property
    def _follows_pointer(self) -> bool:
        """Something is drawn beside the pointer."""
        return self.intent.magnifier or bool(self._tool.told(self))

    def _has_moved(self, pointer: Pointer) -> bool:
        """A right press may still become a menu: it moves only when it is clearly no click."""
        if self._pressed is None:
            return True
        button, start, far = self._pressed
        least = CLICK_PX if button == Qt.MouseButton.RightButton else 1
        far = far or math.dist(pointer.at, start) >= least
        self._pressed = (button, start, far)
        return far

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        self._scrubbing = None
        if pressed is None:
            return
        pointer = _pointer_of(event)
        button, _, far = pressed
        if button == Qt.MouseButton.RightButton and not far:
            self._gesture = None
            self._ask_context(event, pointer)
        elif self._gesture is not None:
            self._release(pointer)
        self.intent.act_ended.emit()
        self.update()

    def _release(self, pointer: Pointer) -> None:
        gesture = self._gesture
        if gesture is not None:
            self._waiting = not gesture.release(pointer)
            if not self._waiting:
                self._gesture = None
        self.update()

    def _ask_context(self, event: QMouseEvent, pointer: Pointer) -> None:
        shown = self.resolved()
        grabbed = handle_at(shown.marks, pointer.at) if shown is not None else None
        if grabbed is not None:
            self.intent.mark_selected.emit(grabbed.tracking_uid)
        where = event.globalPosition().toPoint()
        self.intent.context_asked.emit(self.viewport.viewport_id, where.x(), where.y())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        goes_on = self._waiting and not (self._gesture and self._gesture.gives_way(_pointer_of(event)))
        if event.button() != Qt.MouseButton.LeftButton or goes_on:
            self.mousePressEvent(event)
            return
        self.cancel()
        self.intent.act_begun.emit("")
        self.intent.toggle_maximised(self.viewport.viewport_id)
        self.intent.act_ended.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button zooms; its click is told on release.  The menu key asks here."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            where = self.mapToGlobal(self.rect().center())
            self.intent.context_asked.emit(self.viewport.viewport_id, where.x(), where.y())
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        shown = self.resolved()
        if shown is None:
            return
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.intent.active = self.viewport.viewport_id
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if with_ctrl != self.intent.wheel_zooms:
            at = (event.position().x(), event.position().y())
            self.intent.act_begun.emit(f"wheel {self.viewport.viewport_id}")
            zoom_about(self.viewport, shown, at, self.viewport.zoom * 2 ** (turn / 480))
            self.intent.act_ended.emit()
        else:
            self._wheel += turn / 120
            steps = math.trunc(self._wheel)
            self._wheel -= steps
            one, page = steps_of(self.intent)
            by = page if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else one
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if steps:
                self.scroll_by((-1 if self.intent.wheel_down_next else 1) * steps * by, alone=alone)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        if self._follows_pointer:
            self.update()
        self.viewport.pointer_text = ""

    def enterEvent(self, event: QEnterEvent) -> None:
        self.setCursor(_CURSORS[self._tool.cursor])

    def _hover(self, shown: Resolved, pointer: Pointer) -> None:
        chosen = self._tool
        points = pointer.fast and not self.intent.magnifier and chosen.group is ToolGroup.LOOK
        if points and shown.holds(pointer.at):
            point_at(self, shown, pointer.at)
        on_bar = shown.bar is not None and shown.bar.box.holds(pointer.at)
        words = (
            part_words(part_at(shown.bar, pointer.at), shown.bar)
            if on_bar and shown.bar is not None
            else tip_at(shown, pointer.at)
        )
        other = shown.other_at(pointer.at) is not None and chosen.group is not ToolGroup.LOOK
        if other and not on_bar and not on_divider(shown, pointer.at):
            self.setToolTip(
                tr("Here the other view's images are seen; marks are drawn on those of this view.")
            )
            self.setCursor(Qt.CursorShape.ForbiddenCursor)
            return
        self.setToolTip(words)
        if on_bar:
            cursor = Cursor.POINT
        elif on_divider(shown, pointer.at):
            cursor = Cursor.SPLIT
        elif (grabbed := handle_at(shown.marks, pointer.at)) is not None:
            cursor = Cursor.MOVE if grabbed.handle is None else Cursor.POINT
        else:
            cursor = chosen.cursor
        self.setCursor(_CURSORS[cursor])

    def _tell_value(self, shown: Resolved, at: PointPx) -> None:
        other = shown.other_at(at)
        seen, viewport = (shown, self.viewport) if other is None else (other.shown, other.viewport)
        self.viewport.pointer_text = pointer_text(viewport, seen, at)

    # -- the bar of a sequence ------------------------------------------------------------------------------

    def _press_bar(self, bar: SequenceBar, at: PointPx) -> None:
        match part := part_at(bar, at):
            case BarPart.PLAY:
                toggle_cine(self.viewport)
            case BarPart.SLOWER:
                step_rate(self.viewport, -1)
            case BarPart.FASTER:
                step_rate(self.viewport, 1)
            case BarPart.MODE:
                toggle_mode(self.viewport)
            case BarPart.TRACK | BarPart.FIRST | BarPart.LAST:
                self._scrubbing = (bar, part)
                if part is BarPart.TRACK:
                    self._scrub(bar, part, at)

    def _scrub(self, bar: SequenceBar, part: BarPart, at: PointPx) -> None:
        position, (first, last) = position_at(bar, at), bar.ends
        if part is BarPart.FIRST:
            position = min(position, last - 1)
            set_ends(self.viewport, position, last)
        elif part is BarPart.LAST:
            position = max(position, first + 1)
            set_ends(self.viewport, first, position)
        if part is BarPart.TRACK or self.viewport.cine is None:
            self.go_along(bar.further, position)

    def go_along(self, further: bool, position: int) -> None:
        """Show a position of the further axis, or an image."""
        if further:
            for viewport in self.intent.together(self.viewport.viewport_id):
                viewport.further = position
        else:
            scroll_to(self.intent, self.viewport.viewport_id, position)

    def step_further(self, steps: int) -> None:
        """Go along the further axis; the ends hold."""
        if isinstance(self.viewport.image, Volume):
            count = self.viewport.image.voxels.ready.shape[0]
            self.go_along(True, min(max(self.viewport.further + steps, 0), max(count - 1, 0)))

    def follow_cine(self) -> None:
        """The viewport was told to play or to stop."""
        self._player.follow()

    # -- keys -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.resolved()
        modifiers = event.modifiers()
        fast = FAST if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        held = modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if shown is None or held or not self._act(event.key(), fast, shown):
            event.ignore()

    def _act(self, key: int, fast: int, shown: Resolved) -> bool:
        one, page = steps_of(self.intent)
        line = one if fast == 1 else page
        steps = {
            Qt.Key.Key_Down: line,
            Qt.Key.Key_Up: -line,
            Qt.Key.Key_PageDown: page * fast,
            Qt.Key.Key_PageUp: -page * fast,
        }
        further = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}
        series = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps:
            self.scroll_by(steps[Qt.Key(key)])
        elif key in further:
            self.step_further(further[Qt.Key(key)])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.scroll_by(-shown.image.count if key == Qt.Key.Key_Home else shown.image.count)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._finish()
        elif key in series:
            self.intent.act_begun.emit("")
            self.intent.series_asked.emit(self.viewport.viewport_id, series[Qt.Key(key)])
            self.intent.act_ended.emit()
        elif key == Qt.Key.Key_Escape:
            if not self.cancel():
                self._put_away()
        else:
            return False
        return True

    def _put_away(self) -> None:
        """The magnifier, where it is out; else what was done to the view."""
        if self.intent.magnifier:
            self.intent.magnifier = False
        else:
            self.intent.act_begun.emit("")
            self.viewport.reset_view()
            self.intent.act_ended.emit()

    def _finish(self) -> bool:
        """What is being drawn is all of it."""
        if self._gesture is None or not self._gesture.finish():
            return False
        self._gesture, self._waiting = None, False
        self.update()
        return True

    def ask_words(self, at: PointPx, done: Callable[[str | None], None]) -> None:
        """A line to write in, at a place of the tile."""
        ask_words(self, at, done)

    def cancel(self) -> bool:
        """Drop what is being done, else the selection; False when there was neither."""
        gesture = self._gesture
        if gesture is not None:
            gesture.cancel()
        busy = gesture is not None or self.draft is not None
        self._gesture, self.draft, self._waiting = None, None, False
        self.update()
        if not busy and any(mark.selected for mark in self.viewport.marks):
            deselect(self)
            return True
        return busy

    def scroll_by(self, steps: int, *, alone: bool = False) -> None:
        """Go some images on; linked views go along unless it goes `alone`, and the crosshair."""
        if not count_of(self.viewport):
            return
        index = index_of(self.viewport) + whole_rows(self.intent, steps)
        scroll_to(self.intent, self.viewport.viewport_id, index, alone=alone)
        if self._pointer is not None and self.underMouse():
            shown = self.resolved()
            if shown is not None:
                self._tell_value(shown, self._pointer)

    # -- focus, drops, visibility ---------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.intent.active = self.viewport.viewport_id
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ScreenChangeInternal, QEvent.Type.DevicePixelRatioChange):
            self._note_monitor()
        return super().event(event)

    def _note_monitor(self) -> None:
        self.viewport.monitor = monitor_of(self.screen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._pixels = None
        self.viewport.tile_px = (self.width(), self.height())

    def showEvent(self, event: QShowEvent) -> None:
        self._note_monitor()
        self._player.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        self._player.stop()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_series(event)

    def dropEvent(self, event: QDropEvent) -> None:
        drop_series(self.intent, self.viewport.viewport_id, event)


def _pointer_of(event: QMouseEvent) -> Pointer:
    where = event.position()
    return Pointer((where.x(), where.y()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
