"""The RadLex picker: a line, tabs, hits below; Enter inserts a chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTableView,
    QWidget,
)

from app.domain.coding import Code
from app.domain.report import Chip
from app.i18n import language, tr
from app.terminology import Term, TermStore
from app.terminology.categories import BRANCHES
from widgets.elements import Elided, column, push, row
from widgets.panels.reporting.term_table import CODE, MARK, NAME, OTHER, WAY, Line, TermTable
from widgets.theme import ROW

#: a narrower picker leaves the identifier out
_NARROW_PX = 560
#: what is not rows, px
_AROUND_PX = 144
#: its height: at most, and where the room below is less it opens above
_MOST_PX, _LEAST_PX = 400, 280
_MOST_HITS = 60
_ALL, _RECENT, _FAVOURITES = "", "recent", "favourites"


class OwnTerms(Protocol):
    """What a person keeps of terms."""

    def prepare(self) -> None:
        """Make the search ready."""

    def recent(self) -> list[Term]:
        """Terms that were taken last."""

    def favourites(self) -> list[Term]:
        """Terms that were marked."""

    def related(self, term: Term) -> tuple[Code, ...]:
        """Codes of other schemes that mean the same."""

    def took(self, term: Term) -> None:
        """A term was taken."""

    def mark(self, term: Term) -> bool:
        """Mark a term, or take the mark away."""


class TermPicker(QFrame):
    """Opens under the cursor; Escape or a click elsewhere closes it.

    Keys: arrows choose, Enter takes, Ctrl+D marks a favourite, Alt+→ and Alt+← go down and up in the
    hierarchy, Ctrl+Page Down and Ctrl+Page Up change the tab, Ctrl+B keeps to the study's region.
    """

    chosen = Signal(object)
    closed = Signal()

    def __init__(self, terms: Callable[[], TermStore], parent: QWidget, own: OwnTerms | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self._terms, self._own = terms, own
        self._body_part = ""
        self._most = _MOST_PX
        #: where it ends when it stands above the line that is written; 0 where it stands below
        self._foot = 0
        #: the term whose place in the hierarchy is shown
        self._at: Term | None = None
        self._build_head()
        self._build_table()
        self.hint = Elided(tone="muted")
        foot = row(self.hint, margins=(8, 0, 8, 2))
        self.setLayout(
            column(
                row(self.line, self.region, gap=6), self.tabs, self.table, foot, gap=4, margins=(8, 8, 8, 4)
            )
        )
        self.hide()

    def _build_head(self) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Term: Chinese, pinyin, English or RID"))
        self.line.setAccessibleName(tr("Term: Chinese, pinyin, English or RID"))
        self.line.textChanged.connect(self._typed)
        self.line.installEventFilter(self)
        self.region: QPushButton = push(
            "", kind="choice", tip=tr("Only terms of the study's region (Ctrl+B)")
        )
        self.region.setCheckable(True)
        self.region.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.region.toggled.connect(lambda _: self.fill(self.line.text()))
        self.tabs = QTabBar()
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self._kinds = [_ALL]
        self.tabs.addTab(tr("All terms"))
        if self._own is not None:
            self._kinds += [_RECENT, _FAVOURITES]
            self.tabs.addTab(tr("Recent"))
            self.tabs.addTab(tr("Favourites"))
        for rid, (en, zh) in BRANCHES.items():
            self._kinds.append(rid)
            self.tabs.addTab(zh if language() == "zh" else en)
        self.tabs.currentChanged.connect(lambda _: self._typed(self.line.text()))

    def _build_table(self) -> None:
        self.model = TermTable(self._own.related if self._own is not None else lambda _: ())
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.horizontalHeader().hide()
        self.table.horizontalHeader().setMinimumSectionSize(20)
        self.table.setColumnWidth(MARK, 24)
        self.table.setColumnWidth(CODE, 84)
        self.table.horizontalHeader().setSectionResizeMode(WAY, QHeaderView.ResizeMode.Stretch)
        self.table.clicked.connect(self._clicked)

    # -- opening --------------------------------------------------------------------------------------------

    def open_at(self, at: QPoint, body_part: str, kind: str = _ALL) -> None:
        """Open near a point of the parent, inside it, on a tab."""
        parent = self.parentWidget()
        assert parent is not None
        if self._own is not None:
            self._own.prepare()
        self._body_part = body_part
        width = min(720, parent.width() - 32)
        below, above = parent.height() - at.y() - 20, at.y() - 52
        self._foot = at.y() - 36 if below < _LEAST_PX and above > below else 0
        self._most = max(min(_LEAST_PX, parent.height() - 32), min(_MOST_PX, above if self._foot else below))
        x = max(16, min(at.x(), parent.width() - width - 16))
        y = min(at.y() + 8, parent.height() - self._most - 4)
        self.setGeometry(x, max(4, y), width, self._most)
        self._fit_columns(narrow=width < _NARROW_PX)
        self.region.setVisible(bool(body_part))
        self.region.setText(tr("Only {region}", region=body_part))
        self._at = None
        self.line.clear()
        self.tabs.setCurrentIndex(self._kinds.index(kind))
        self.fill("")
        self.show()
        self.raise_()
        self.line.setFocus()

    def _fit_columns(self, *, narrow: bool) -> None:
        """Beside the images there is no room for identifier and way; the tooltip of a row has them."""
        mode = QHeaderView.ResizeMode.Stretch if narrow else QHeaderView.ResizeMode.Interactive
        self.table.setColumnWidth(NAME, 200 if narrow else 190)
        self.table.setColumnWidth(OTHER, 190)
        self.table.horizontalHeader().setSectionResizeMode(OTHER, mode)
        for hidden in (CODE, WAY):
            self.table.setColumnHidden(hidden, narrow)

    # -- what is shown --------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """What the tab shows: everything, one's own terms, or a branch."""
        return self._kinds[self.tabs.currentIndex()]

    def _typed(self, wanted: str) -> None:
        self._at = None
        self.fill(wanted)

    def fill(self, wanted: str) -> None:
        """List the terms that fit."""
        terms, wanted = self._terms(), wanted.strip()
        taken = False
        if self._at is not None:
            lines, taken = self._place(self._at), True
        elif wanted:
            lines, taken = self._hits(wanted)
        elif self.kind in BRANCHES:
            lines = [Line(term) for term in terms.children(self.kind) if self._shows(term)]
        else:
            lines = [Line(term) for term in self._own_terms()]
        marked = frozenset(term.rid for term in self._own.favourites()) if self._own else frozenset[str]()
        self.model.show_lines(lines, terms, marked)
        here = next((i for i, line in enumerate(lines) if line.here), 0)
        if taken and lines:
            self.table.selectRow(here)
            self.table.scrollTo(self.model.index(here, NAME))
        else:  # a near one is never taken for what was meant: an arrow key chooses it
            self.table.setCurrentIndex(QModelIndex())
            self.table.scrollToTop()
        self.hint.setText(self._hint(wanted, lines, taken=taken))
        self.resize(self.width(), min(self._most, _AROUND_PX + max(len(lines), 1) * ROW))
        if self._foot:  # above the line that is written, whatever its height
            self.move(self.x(), max(4, self._foot - self.height()))

    def _hits(self, wanted: str) -> tuple[list[Line], bool]:
        own = {_RECENT, _FAVOURITES}
        hits = self._terms().search(
            wanted,
            language=language(),
            limit=_MOST_HITS if self.kind not in own else 2000,
            body_part=self._body_part or None,
            branch=self.kind if self.kind in BRANCHES else "",
            only_region=self.region.isChecked(),
        )
        if self.kind in own:
            kept = {term.rid for term in self._own_terms()}
            hits = [hit for hit in hits if hit.term.rid in kept]
        lines = [Line(hit.term, near=hit.how == "near") for hit in hits]
        return lines, bool(hits) and hits[0].is_meant

    def _own_terms(self) -> list[Term]:
        if self._own is None:
            return []
        recent, marked = self._own.recent(), self._own.favourites()
        found = {_RECENT: recent, _FAVOURITES: marked}.get(self.kind, [*marked, *recent])
        return [term for term in dict.fromkeys(found) if self._shows(term)]

    def _shows(self, term: Term) -> bool:
        return not self.region.isChecked() or self._terms().fits(term, self._body_part)

    def _place(self, term: Term) -> list[Line]:
        """The way down to a term, and what is below it."""
        terms = self._terms()
        way = [*reversed(terms.way(term.rid)), term]
        lines = [Line(up, depth, here=up is term) for depth, up in enumerate(way)]
        return lines + [Line(one, len(way)) for one in terms.children(term.rid)]

    def _hint(self, wanted: str, lines: list[Line], *, taken: bool) -> str:
        if wanted and not lines:
            return tr("No term fits “{text}”.", text=wanted)
        if lines and lines[0].near:
            return tr("None is called “{text}”. Near ones: ↓ chooses, Enter inserts", text=wanted)
        if not taken and lines:
            return tr("↓ chooses, Enter inserts, Ctrl+D marks, Alt+→ shows what is below")
        return tr("{version} · Enter inserts · Esc closes", version=tr(self._terms().version))

    # -- keys -----------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is not QEvent.Type.KeyRelease:
            act = self._act_of(event)
            if act is not None and event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if act is not None and event.type() is QEvent.Type.KeyPress:
                act()
                return True
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def _act_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        """What a key does here."""
        key, held = Qt.Key, event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain: dict[int, Callable[[], None]] = {
            key.Key_Down: lambda: self._step(1),
            key.Key_Up: lambda: self._step(-1),
            key.Key_PageDown: lambda: self._step(8),
            key.Key_PageUp: lambda: self._step(-8),
            key.Key_Return: lambda: self._take(self.table.currentIndex().row()),
            key.Key_Enter: lambda: self._take(self.table.currentIndex().row()),
            key.Key_Escape: self._leave,
        }
        control: dict[int, Callable[[], None]] = {
            key.Key_D: self._mark,
            key.Key_B: self._keep_to_region,
            key.Key_PageDown: lambda: self._turn(1),
            key.Key_PageUp: lambda: self._turn(-1),
        }
        alt: dict[int, Callable[[], None]] = {key.Key_Right: self._go_down, key.Key_Left: self._go_up}
        if held == Qt.KeyboardModifier.NoModifier:
            return plain.get(event.key())
        if held == Qt.KeyboardModifier.ControlModifier:
            return control.get(event.key())
        return alt.get(event.key()) if held == Qt.KeyboardModifier.AltModifier else None

    def _step(self, by: int) -> None:
        now = self.table.currentIndex().row()
        self.table.selectRow(max(0, min(self.model.rowCount() - 1, now + by if now >= 0 else 0)))

    def _turn(self, by: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def _keep_to_region(self) -> None:
        if self._body_part:
            self.region.toggle()

    def _selected(self) -> Term | None:
        at = self.table.currentIndex().row()
        return self.model.lines[at].term if 0 <= at < self.model.rowCount() else None

    def _go_down(self) -> None:
        if (term := self._selected()) is not None:
            self._at = term
            self.fill(self.line.text())

    def _go_up(self) -> None:
        term = self._at or self._selected()
        up = next(iter(self._terms().way(term.rid)), None) if term is not None else None
        if up is not None:
            self._at = up
        elif self._at is not None:
            self._at = None
        self.fill(self.line.text())

    def _mark(self) -> None:
        term, at = self._selected(), self.table.currentIndex().row()
        if term is not None and self._own is not None:
            self._own.mark(term)
            self.fill(self.line.text())
            self.table.selectRow(min(at, self.model.rowCount() - 1))

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == MARK:
            self.table.selectRow(index.row())
            self._mark()
        else:
            self._take(index.row())

    def _take(self, position: int) -> None:
        if 0 <= position < self.model.rowCount():
            term = self.model.lines[position].term
            if self._own is not None:
                self._own.took(term)
            self._leave()
            self.chosen.emit(term)

    def _leave(self) -> None:
        self.hide()
        self.closed.emit()


def chip_of(term: Term, report_language: str) -> Chip:
    """The chip that a term becomes in a report's language."""
    return Chip(term.words(report_language), term.code)
