"""The small parts that panels are made of: one look for one meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from widgets.icons import icon, picture
from widgets.theme import theme

Tone = Literal["", "muted", "accent", "amber", "done", "danger"]
ChipTone = Literal["neutral", "accent", "amber", "done", "danger"]


def label(
    text: str = "", *, tone: Tone = "", size: str = "", wrap: bool = False, select: bool = False
) -> QLabel:
    """A label of plain text (never markup: names come from files)."""
    made = WrappingLabel(text) if wrap else QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if tone:
        made.setProperty("tone", tone)
    if size:
        made.setProperty("scale", size)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class WrappingLabel(QLabel):
    """A label of several lines that always gets the height they need: nested layouts do not ask for it."""

    def setText(self, text: str) -> None:
        super().setText(text)
        self._hold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hold()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._hold()

    def _hold(self) -> None:
        wanted = max(self.heightForWidth(self.width()), 0) if self.isVisible() and self.text() else 0
        if wanted != self.minimumHeight():
            self.setMinimumHeight(wanted)


class Choice(QComboBox):
    """A choice whose text is cut with … where the room ends; the tooltip has it whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("elided", True)
        self.currentTextChanged.connect(self.setToolTip)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(  # type: ignore[attr-defined]
            self.currentText(), Qt.TextElideMode.ElideRight, max(room.width() - 4, 10)
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def retone(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class Elided(QLabel):
    """A line that is cut with … where the room ends; the tooltip has it whole."""

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = "",
        size: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._whole, self._mode = "", mode
        self.setProperty("elided", True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if tone:
            self.setProperty("tone", tone)
        if size:
            self.setProperty("scale", size)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = text
        self._cut()
        self.updateGeometry()

    def whole(self) -> str:
        """The text before it was cut."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(12, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._whole) + 4, metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._cut()

    def _cut(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._whole, self._mode, max(self.width() - 2, 10))
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


def chip(text: str, tone: ChipTone = "neutral") -> QLabel:
    """A state in a coloured box."""
    made = label(text)
    made.setProperty("chip", tone)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def push(text: str, *, icon_name: str = "", kind: str = "", tip: str = "") -> QPushButton:
    """A button; its text is a verb."""
    made = QPushButton(f" {text}" if icon_name and text else text)
    if kind:
        made.setProperty("kind", kind)
    if icon_name:
        made.setIcon(
            icon(
                icon_name,
                theme().on_accent if kind == "primary" else "",
                on=theme().on_accent if kind in ("choice", "chip") else "",
            )
        )
        made.setIconSize(QSize(18, 18))
    if tip:
        made.setToolTip(tip)
    made.setAccessibleName(text or tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def icon_button(name: str, tip: str, *, checkable: bool = False) -> QToolButton:
    """A bare icon with a tooltip."""
    made = QToolButton()
    made.setProperty("kind", "icon")
    made.setIcon(icon(name, theme().muted, on=theme().accent_text))
    made.setIconSize(QSize(18, 18))
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setCheckable(checkable)
    return made


def row(
    *parts: QWidget | QLayout | int | None, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """A line of parts; an int is a gap, None the stretch."""
    made = QHBoxLayout()
    _fill(made, parts, gap, margins)
    return made


def column(
    *parts: QWidget | QLayout | int | None, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A stack of parts; an int is a gap, None the stretch."""
    made = QVBoxLayout()
    _fill(made, parts, gap, margins)
    return made


def _fill(
    made: QBoxLayout,
    parts: Sequence[QWidget | QLayout | int | None],
    gap: int,
    margins: tuple[int, int, int, int],
) -> None:
    made.setSpacing(gap)
    made.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            made.addStretch(1)
        elif isinstance(part, int):
            made.addSpacing(part)
        elif isinstance(part, QLayout):
            made.addLayout(part)
        else:
            made.addWidget(part)


def rule(*, upright: bool = False) -> QFrame:
    """A line of one pixel."""
    made = QFrame()
    made.setObjectName("rule")
    made.setFixedWidth(1) if upright else made.setFixedHeight(1)
    return made


def scrolling_column(owner: QWidget, *, gap: int, margins: tuple[int, int, int, int]) -> QVBoxLayout:
    """Give a widget a column that scrolls; what it shows is added to the layout that is returned."""
    stack = column(gap=gap, margins=margins)
    content = QWidget()
    content.setLayout(stack)
    owner.setLayout(column(scrolled(content), gap=0))
    return stack


def scrolled(content: QWidget) -> QScrollArea:
    """Content that scrolls downwards only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.setObjectName("scrolled")
    area.setWidget(content)
    return area


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            break
        inner = item.layout()
        if inner is not None:
            clear(inner)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


class Section(QFrame):
    """A titled part of a panel, closed by a line below."""

    def __init__(self, title: str = "", *, gap: int = 8) -> None:
        super().__init__()
        self.setObjectName("section")
        self.title = label(title, tone="muted")
        self.head = row(self.title, None)
        self.body = QVBoxLayout()
        self.body.setSpacing(gap)
        self.setLayout(column(self.head, self.body, gap=8, margins=(16, 12, 16, 14)))
        self.title.setVisible(bool(title))

    def add(self, *parts: QWidget | QLayout) -> None:
        """Add parts to the body."""
        for part in parts:
            if isinstance(part, QLayout):
                self.body.addLayout(part)
            else:
                self.body.addWidget(part)


class SearchLine(QLineEdit):
    """A line edit with a magnifier at its left."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setTextMargins(26, 0, 0, 0)
        self._forget = QAction(icon("x", theme().muted), tr("Clear"), self)
        self._forget.triggered.connect(self._empty)
        self.addAction(self._forget, QLineEdit.ActionPosition.TrailingPosition)
        self._forget.setVisible(False)
        self.textChanged.connect(lambda text: self._forget.setVisible(bool(text)))
        self._sign = QLabel(self)
        self._sign.setPixmap(picture("search", 16, theme().muted, ratio=self.devicePixelRatioF()))
        self._sign.setFixedSize(16, 16)

    def _empty(self) -> None:
        """As if the person had deleted the text."""
        self.clear()
        self.textEdited.emit("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sign.move(11, (self.height() - 16) // 2)
        for inner in self.findChildren(QToolButton):  # the style counts the frame twice and puts it too low
            inner.move(inner.x(), (self.height() - inner.height()) // 2)


class Clickable(QFrame):
    """A frame that is a button: click, Enter, focus ring."""

    clicked = Signal()
    double_clicked = Signal()
    #: by key: what a click does, and where only a double click does something, that
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.press()
        else:
            super().keyPressEvent(event)

    def press(self) -> None:
        """As the key does."""
        self.clicked.emit()
        self.entered.emit()

    def focusInEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(theme().focus), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
