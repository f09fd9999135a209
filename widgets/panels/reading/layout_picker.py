"""Choosing how views share the screen: a grid under the pointer, and the named layouts."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget, QWidgetAction

from app.i18n import tr
from app.viewing.layouts import MOST, named_layouts
from widgets.command_ui import CommandUi
from widgets.elements import label
from widgets.icons import icon
from widgets.theme import theme

_CELL, _GAP = 22, 4


class GridChooser(QWidget):
    """Cells of up to 6×6; the pointer or the arrow keys span the grid, a click or Enter takes it."""

    chosen = Signal(int, int)
    #: rows and columns under the pointer
    spanned = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.columns = 1, 1
        side = MOST * (_CELL + _GAP) - _GAP
        self._size = QSize(side, side)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Rows and columns of views"))

    def sizeHint(self) -> QSize:
        return self._size

    def span(self, rows: int, columns: int) -> None:
        """Show a grid as chosen."""
        wanted = (min(max(rows, 1), MOST), min(max(columns, 1), MOST))
        if wanted != (self.rows, self.columns):
            self.rows, self.columns = wanted
            self.spanned.emit(*wanted)
            self.update()

    def cell(self, row: int, column: int) -> QRect:
        """Where a cell is."""
        return QRect(column * (_CELL + _GAP), row * (_CELL + _GAP), _CELL, _CELL)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        tokens = theme()
        for row in range(MOST):
            for column in range(MOST):
                inside = row < self.rows and column < self.columns
                painter.setBrush(QColor(tokens.accent if inside else tokens.line))
                painter.drawRoundedRect(self.cell(row, column), 3, 3)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self.span(int(at.y() // (_CELL + _GAP)) + 1, int(at.x() // (_CELL + _GAP)) + 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.rows, self.columns)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Up: (-1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self.span(self.rows + step[0], self.columns + step[1])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.rows, self.columns)
        else:
            super().keyPressEvent(event)


class LayoutPicker(QToolButton):
    """The button of the tool row that opens the choice."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self.setProperty("kind", "tool")
        self.setIcon(icon("layout-grid"))
        self.setIconSize(QSize(18, 18))
        tip = tr("Lay out views")
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.grid = GridChooser()
        self._told = label("1 × 1", tone="muted")
        self.grid.spanned.connect(lambda rows, columns: self._told.setText(f"{rows} × {columns}"))
        self.grid.chosen.connect(self._choose)
        menu = QMenu(self)
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(12, 10, 12, 8)
        inside.setSpacing(6)
        inside.addWidget(self._told)
        inside.addWidget(self.grid)
        action = QWidgetAction(menu)
        action.setDefaultWidget(holder)
        menu.addAction(action)
        menu.addSeparator()
        for one in named_layouts():
            row = menu.addAction(tr(one.title))
            row.triggered.connect(lambda _=False, i=one.layout_id: ui.run(f"layout.{i}"))
        menu.addSeparator()
        tiles = ui.commands.get("view.tiles")
        self.tiles = menu.addAction(f"{tr(tiles.title)}\t{ui.key_named('view.tiles')}")
        self.tiles.setCheckable(True)
        self.tiles.triggered.connect(lambda: ui.run("view.tiles"))
        menu.aboutToShow.connect(self._show_tiles)
        self.setMenu(menu)

    def _show_tiles(self) -> None:
        tiles = self._ui.commands.get("view.tiles")
        self.tiles.setEnabled(tiles.enabled())
        self.tiles.setChecked(tiles.on is not None and tiles.on())

    def _choose(self, rows: int, columns: int) -> None:
        self.menu().close()
        self._ui.run("layout.set", f"grid-{rows}x{columns}")
