"""The editor of one report section: words, coded chips, links.

A chip or link is a run of text that carries what it means in its character format. When the words of the run
are changed, the meaning is taken off at once and the editor says so: no code ever stands on text that is not
its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QSizePolicy, QTextEdit

from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Section, SectionKind, Text
from app.i18n import tr
from widgets.panels.reporting.inline_json import (
    Run,
    has_inlines,
    inline_from_json,
    inline_to_json,
    inlines_of,
    put_inlines,
)
from widgets.theme import REPORT_PX, text_font, theme

Coded = Chip | MeasurementLink | ImageLink

#: character format properties: what the run means (JSON), and which run it is
MEANING = int(QTextFormat.Property.UserProperty) + 1
RUN = int(QTextFormat.Property.UserProperty) + 2
_runs = itertools.count(1)


class SectionEditor(QTextEdit):
    """Grows with its text; reports what is in it as inlines."""

    edited = Signal()
    link_activated = Signal(object)
    term_asked = Signal()
    chip_broken = Signal(str)
    focused = Signal()

    def __init__(self, kind: SectionKind) -> None:
        super().__init__()
        self.kind = kind
        self._filling = False
        self._steps = 0
        self.setProperty("section", True)
        self.setAcceptRichText(False)
        self.setFont(text_font(REPORT_PX))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(6)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.textChanged.connect(self._changed)
        self.cursorPositionChanged.connect(self._leave_runs)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._grow())
        self._space_lines()
        self._grow()

    # -- inlines in and out ---------------------------------------------------------------------------------

    def show_content(self, content: Iterable[Inline]) -> None:
        """Show inlines; the undo history starts anew."""
        self._filling = True
        self.clear()
        cursor = self.textCursor()
        for part in content:
            self._insert(cursor, part)
        self._space_lines()
        self.document().clearUndoRedoStacks()
        self.setCurrentCharFormat(self._plain())
        self._filling = False
        self._steps = self.document().availableUndoSteps()
        self._grow()

    def content(self) -> tuple[Inline, ...]:
        """What stands there, as inlines."""
        parts: list[Inline] = []
        words = ""
        block = self.document().begin()
        first = True
        while block.isValid():
            if not first:
                words += "\n"
            first = False
            for run in self._fragments(block):
                if run.meaning and run.number:
                    part = inline_from_json(run.meaning)
                    if part.text == run.text:
                        if words:
                            parts.append(Text(words))
                            words = ""
                        parts.append(part)
                        continue
                words += run.text
            block = block.next()
        if words:
            parts.append(Text(words))
        return tuple(parts)

    def section(self) -> Section:
        """The section as it stands."""
        return Section(self.kind, self.content())

    def insert_inline(self, part: Inline) -> None:
        """Insert at the cursor; inside a chip or link it goes behind that one."""
        cursor = self.textCursor()
        run = self._run_at(cursor.position())
        if run is not None and run.start < cursor.position() < run.end:
            cursor.setPosition(run.end)
        cursor.beginEditBlock()
        self._insert(cursor, part)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self.setCurrentCharFormat(self._plain())
        self.setFocus()

    def _insert(self, cursor: QTextCursor, part: Inline) -> None:
        if isinstance(part, Text):
            cursor.insertText(part.text.replace("\r\n", "\n"), self._plain())
        else:
            cursor.insertText(part.text, self._coded(part))

    def _plain(self) -> QTextCharFormat:
        plain = QTextCharFormat()
        plain.setForeground(QColor(theme().text))
        plain.setFont(text_font(REPORT_PX))
        return plain

    def _coded(self, part: Coded) -> QTextCharFormat:
        tokens = theme()
        made = self._plain()
        colors = {"chip": tokens.on_accent_soft, "measurement": tokens.done, "image": tokens.accent_text}
        made.setForeground(QColor(colors[part.kind]))
        made.setProperty(MEANING, inline_to_json(part))
        made.setProperty(RUN, next(_runs))
        tips = {
            "measurement": tr("Measurement; Ctrl+click goes there"),
            "image": tr("Key image; Ctrl+click goes there"),
        }
        if isinstance(part, Chip):
            made.setToolTip(f"{part.code.scheme} {part.code.value} {part.code.meaning}")
        else:
            made.setToolTip(tips[part.kind])
        return made

    # -- runs -----------------------------------------------------------------------------------------------

    def _fragments(self, block) -> list[Run]:  # type: ignore[no-untyped-def]
        """Runs of a block; neighbouring fragments of one run are one."""
        found: list[Run] = []
        walk = block.begin()
        while not walk.atEnd():
            piece = walk.fragment()
            style = piece.charFormat()
            meaning, number = str(style.property(MEANING) or ""), int(style.property(RUN) or 0)
            text = piece.text().replace("\u2028", "\n")
            last = found[-1] if found else None
            if last is not None and number and last.number == number and last.end == piece.position():
                found[-1] = Run(
                    last.start, piece.position() + piece.length(), meaning, number, last.text + text
                )
            else:
                found.append(Run(piece.position(), piece.position() + piece.length(), meaning, number, text))
            walk += 1
        return found

    def _coded_runs(self) -> list[Run]:
        runs: list[Run] = []
        block = self.document().begin()
        while block.isValid():
            runs += [run for run in self._fragments(block) if run.number]
            block = block.next()
        return runs

    def _run_at(self, position: int) -> Run | None:
        block = self.document().findBlock(position)
        return next((r for r in self._fragments(block) if r.number and r.start <= position < r.end), None)

    def _changed(self) -> None:
        if self._filling:
            return
        before, self._steps = self._steps, self.document().availableUndoSteps()
        if self.document().isRedoAvailable() and not self._sound():
            # the person takes back or redoes a change that broke a chip: its second half follows at once
            QTimer.singleShot(0, self, self.undo if self._steps < before else self.redo)
            return
        self._filling = True
        try:
            self._mend()
        finally:
            self._filling = False
        self._steps = self.document().availableUndoSteps()
        self._grow()
        self.edited.emit()

    def _sound(self) -> bool:
        return all(run.text == inline_from_json(run.meaning).text for run in self._coded_runs())

    def _mend(self) -> None:
        """Take the meaning off runs whose words have changed; what was typed before or behind a run is
        plain.
        """
        seen: set[int] = set()
        for run in self._coded_runs():
            part = inline_from_json(run.meaning)
            if run.text == part.text and run.number not in seen:
                seen.add(run.number)
                continue
            kept = run.text.find(part.text) if run.number not in seen else -1
            cursor = QTextCursor(self.document())
            cursor.joinPreviousEditBlock()
            if kept >= 0 and run.text.strip() != "":
                inside = (run.start + kept, run.start + kept + len(part.text))
                for start, end in ((run.start, inside[0]), (inside[1], run.end)):
                    self._make_plain(cursor, start, end)
                seen.add(run.number)
            else:
                self._make_plain(cursor, run.start, run.end)
                self.chip_broken.emit(part.text)
            cursor.endEditBlock()

    def _make_plain(self, cursor: QTextCursor, start: int, end: int) -> None:
        if start < end:
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._plain())

    def _leave_runs(self) -> None:
        """What is typed at the edge of a chip is plain text."""
        cursor = self.textCursor()
        if cursor.hasSelection() or not self.currentCharFormat().hasProperty(RUN):
            return
        run = self._run_at(cursor.position())
        if run is None or cursor.position() == run.start:
            self.setCurrentCharFormat(self._plain())

    # -- clipboard and drags --------------------------------------------------------------------------------

    def createMimeDataFromSelection(self) -> QMimeData:
        made = super().createMimeDataFromSelection()
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        parts: list[str] = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= end:
            if block.position() > start:
                parts.append(inline_to_json(Text("\n")))
            for run in self._fragments(block):
                left, right = max(run.start, start), min(run.end, end)
                if left >= right:
                    continue
                if run.number and (left, right) == (run.start, run.end):
                    parts.append(run.meaning)
                else:
                    parts.append(inline_to_json(Text(run.text[left - run.start : right - run.start])))
            block = block.next()
        put_inlines(made, parts)
        return made

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return has_inlines(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insert_inlines(inlines_of(source))

    def insert_inlines(self, parts: Sequence[Inline]) -> None:
        """Replace the selection by inlines, as one step of undo."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        for part in parts:
            self._insert(cursor, part)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self._leave_runs()

    # -- keys and mouse -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.isReadOnly():
            asked = (
                event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            )
            if asked or (event.text() == "/" and self._at_word_start()):
                self.term_asked.emit()
                return
        super().keyPressEvent(event)

    def _at_word_start(self) -> bool:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        return not before or not (before[-1].isascii() and before[-1].isalnum())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self.link_at(event.position().toPoint()) is not None
        follow = over and (self.isReadOnly() or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if follow else Qt.CursorShape.IBeamCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        follow = self.isReadOnly() or event.modifiers() & Qt.KeyboardModifier.ControlModifier
        goes = follow and not self.textCursor().hasSelection()
        link = self.link_at(event.position().toPoint()) if goes else None
        super().mouseReleaseEvent(event)
        if link is not None:
            self.link_activated.emit(link)

    def link_at(self, at: QPoint) -> MeasurementLink | ImageLink | None:
        """The link under a point of the viewport."""
        for run in self._coded_runs():
            part = inline_from_json(run.meaning)
            if isinstance(part, MeasurementLink | ImageLink) and any(
                box.contains(at) for box in self._boxes(run)
            ):
                return part
        return None

    # -- drawing --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for run in self._coded_runs():
            part = inline_from_json(run.meaning)
            if isinstance(part, ImageLink):
                continue
            painter.setBrush(QColor(tokens.accent_soft if isinstance(part, Chip) else tokens.done_soft))
            for box in self._boxes(run):
                painter.drawRoundedRect(box, 3, 3)
        painter.end()
        super().paintEvent(event)

    def _boxes(self, run: Run) -> list[QRectF]:
        """Where a run is drawn: one box a line."""
        block = self.document().findBlock(run.start)
        layout = block.layout()
        origin = self.document().documentLayout().blockBoundingRect(block).topLeft()
        scroll = self.verticalScrollBar().value()
        boxes = []
        at, stop = run.start - block.position(), run.end - block.position()
        while at < stop:
            line = layout.lineForTextPosition(at)
            if not line.isValid():
                break
            right = min(stop, line.textStart() + line.textLength())
            x1, x2 = _x(line.cursorToX(at)), _x(line.cursorToX(right))
            middle = origin.y() + line.y() + line.ascent() - REPORT_PX * 0.36 - scroll
            boxes.append(QRectF(origin.x() + x1 - 2.5, middle - 12, x2 - x1 + 5, 24))
            if right <= at:
                break
            at = right
        return boxes

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        spaced = QTextBlockFormat()
        spaced.setLineHeight(REPORT_PX * 2.0, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        cursor.mergeBlockFormat(spaced)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._grow)

    def _grow(self) -> None:
        wanted = max(int(self.document().size().height()) + 4, REPORT_PX * 2 + 18)
        if self.height() != wanted or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)


def _x(found: object) -> float:
    """`cursorToX` gives a number or (number, position), by version."""
    return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]
