"""The tag browser: search, filters, the elements, and how the image is shown."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyleOptionViewItem,
    QTreeView,
)

from app.i18n import tr
from app.tags.controller import PANEL, Browsed, Scope, TagController
from app.tags.listing import Kind, choose
from app.tags.service import Choice, object_name
from app.tags.wording import plain_value, row_text
from widgets.command_ui import CommandUi
from widgets.elements import Elided, column, icon_button, label, push, row, rule
from widgets.icons import icon
from widgets.panels.tags.image_box import ImageBox
from widgets.panels.tags.model import Column, Index, TagModel
from widgets.theme import theme
from widgets.workspace import Panel

#: a search starts when nothing was written for so long
SEARCH_MS = 150
#: hits up to this number are opened in the tree
OPENED_HITS = 200


class TagTree(QTreeView):
    """The elements."""

    def __init__(self, model: TagModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setObjectName("tagTree")
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Elements"))
        self.setStyleSheet(
            f"QTreeView::item {{ padding: 4px 2px; border-bottom: 1px solid {theme().line}; }}"
            " QHeaderView::section:first { padding-left: 16px; }"
        )
        header = self.header()
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(28)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ground = index.data(Qt.ItemDataRole.BackgroundRole)
        if ground is not None:
            painter.fillRect(option.rect, ground)  # type: ignore[attr-defined]
        super().drawRow(painter, option, index)  # type: ignore[arg-type]

    def fit(self) -> None:
        """Widths of the columns for what is shown."""
        compared = self.model().columnCount() > Column.OTHER
        widths = {Column.TAG: 104 if compared else 124, Column.VR: 34, Column.NAME: 92 if compared else 118}
        for which, width in widths.items():
            self.header().resizeSection(which, width)
            self.header().setSectionResizeMode(which, QHeaderView.ResizeMode.Interactive)
        if compared:
            left = self.viewport().width() - sum(widths.values())
            self.header().resizeSection(Column.VALUE, max(left // 2, 60))


class TagPanel(Panel):
    """Everything that stands in the shown object's file."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui, self._session = ui, ui.session
        self._tags = ui.session.get(TagController)
        self.model = TagModel()
        self.tree = TagTree(self.model)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.title = Elided(tone="muted")
        self.back = push(tr("Follow the images"), kind="link")
        self.back.clicked.connect(lambda: self._tags.show())
        self.copy = icon_button("copy", tr("Copy all as text"))
        self.copy.clicked.connect(self.copy_all)
        self.close_button = icon_button("x", tr("Close (Esc)"))
        self.close_button.clicked.connect(self._close)
        self.search = QLineEdit()
        self.search.setProperty("search", "true")
        self.search.setPlaceholderText(tr("Names, tags, values"))
        self.search.setAccessibleName(tr("Search tags"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", theme().muted), QLineEdit.ActionPosition.LeadingPosition)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SEARCH_MS)
        self._later.timeout.connect(self._show_lines)
        self.search.textChanged.connect(lambda _: self._later.start())
        self.this_image = self._chip(tr("This image"), lambda: self._tags.set_scope(Scope.IMAGE))
        self.whole_series = self._chip(tr("The series"), lambda: self._tags.set_scope(Scope.SERIES))
        self.differing = self._chip(tr("Differing"), self._differing_asked)
        self.private = self._chip(tr("Private"), self._show_lines)
        self.compare = push(tr("Compare…"), kind="link")
        self.compare.clicked.connect(self._compare_asked)
        self.note = label(wrap=True, tone="muted")
        self.image = ImageBox()
        head = row(self.title, self.back, self.copy, self.close_button, gap=4)
        head.setStretch(0, 1)
        chips = row(
            self.this_image, self.whole_series, self.differing, self.private, None, self.compare, gap=4
        )
        top = column(head, self.search, chips, self.note, gap=8, margins=(16, 8, 12, 6))
        middle = row(self.tree, margins=(0, 0, 4, 0))
        whole = column(top, middle, rule(), self.image, gap=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        ui.listen(self._tags.changed, self._show)
        ui.listen(self._session.panels.changed, lambda _: self._show_head(self._tags.browsed))
        self._show()

    def _chip(self, text: str, act):  # type: ignore[no-untyped-def]
        made = push(text, kind="chip")
        made.setCheckable(True)
        made.setStyleSheet("QPushButton { padding: 0 6px; min-height: 24px; }")
        made.clicked.connect(lambda: act())
        return made

    # -- coming and going -----------------------------------------------------------------------------------

    def focus_first(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tags.watch(True)
        self.tree.fit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tags.watch(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._session.panels.current == PANEL:
            self._close()
        elif event.matches(QKeySequence.StandardKey.Copy) and self.tree.hasFocus():
            self.copy_value()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.tree.setFocus()
            self.tree.setCurrentIndex(self.model.index(0, 0))
        else:
            super().keyPressEvent(event)

    def _close(self) -> None:
        self._session.panels.close()

    # -- what is shown --------------------------------------------------------------------------------------

    def _show(self) -> None:
        browsed, tags = self._tags.browsed, self._tags
        self.this_image.setChecked(tags.scope is Scope.IMAGE)
        self.whole_series.setChecked(tags.scope is Scope.SERIES)
        if browsed.listing is not self.model.listing:
            self._show_lines()
        self._show_head(browsed)
        self.image.show_lines(browsed.image)

    def _show_head(self, browsed: Browsed) -> None:
        tags, listing = self._tags, browsed.listing
        self.title.setText(tr("Reading…") if tags.loading else _title(browsed))
        self.back.setVisible(not tags.follows)
        self.close_button.setVisible(self._session.panels.current == PANEL)
        self.compare.setText(tr("End compare") if tags.compared else tr("Compare…"))
        self.compare.setVisible(tags.scope is Scope.IMAGE)
        self.compare.setEnabled(browsed.instance is not None)
        self.private.setText(_counted(tr("Private"), listing.private))
        differing = listing.differing if listing.of_series or listing.compared else 0
        self.differing.setText(_counted(tr("Differing"), differing))
        self._show_note()

    def _show_note(self) -> None:
        """What went wrong or was left out; where nothing is listed, why."""
        tags, said = self._tags, [self._tags.failure, *self._tags.browsed.notes]
        if tags.target is None:
            said = [tr("Open a study; the elements of the shown image appear here.")]
        elif self.model.listing.lines and not self.model.shown.children:
            said.append(tr("No element fits the search and the filters."))
        text = "\n".join(one for one in said if one)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _show_lines(self) -> None:
        listing = self._tags.browsed.listing
        differing = self.differing.isChecked() and (listing.of_series or listing.compared)
        shown = choose(listing, self.search.text(), private=self.private.isChecked(), differing=differing)
        columns = self.model.columnCount()
        self.model.show_lines(listing, shown)
        if self.model.columnCount() != columns:
            self.tree.fit()
        self._show_note()
        self._open_hits(sorted(shown.hits)[:OPENED_HITS])
        if listing.lines and listing.lines[0].kind is Kind.FRAME:
            self.tree.expandRecursively(self.model.index_of(0))

    def _open_hits(self, hits: list[int]) -> None:
        for hit in hits:
            around = self.model.listing.lines[hit].parent
            while around >= 0:
                self.tree.expand(self.model.index_of(around))
                around = self.model.listing.lines[around].parent

    def _differing_asked(self) -> None:
        listing = self._tags.browsed.listing
        if self.differing.isChecked() and not listing.compared:
            self._tags.set_scope(Scope.SERIES)
        self._show_lines()

    # -- comparing ------------------------------------------------------------------------------------------

    def _compare_asked(self) -> None:
        if self._tags.compared:
            self._tags.compare("")
        else:
            self._tags.find_choices(self._offer)

    def _offer(self, choices: tuple[Choice, ...]) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for choice in choices:
            action = menu.addAction(choice.name)
            action.triggered.connect(
                lambda _=False, one=choice: self._ui.run("tags.compare", one.sop_uid, one.series_uid)
            )
        if not choices:
            menu.addAction(tr("There is no other object in this study")).setEnabled(False)
        menu.popup(self.compare.mapToGlobal(QPoint(0, self.compare.height())))

    # -- copying --------------------------------------------------------------------------------------------

    def _menu(self, at: QPoint) -> None:
        if not self.tree.indexAt(at).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Copy value") + "\tCtrl+C").triggered.connect(lambda: self.copy_value())
        menu.addAction(tr("Copy row")).triggered.connect(lambda: self.copy_row())
        menu.addAction(tr("Copy all as text")).triggered.connect(lambda: self.copy_all())
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def copy_value(self) -> None:
        """The chosen element's value to the clipboard, as it is written."""
        index = self.tree.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(plain_value(self.model.line_at(index)))

    def copy_row(self) -> None:
        """The chosen element as a line of text."""
        index = self.tree.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(row_text(self.model.listing, index.internalId()))

    def copy_all(self) -> None:
        """All lines that search and filters leave, as text."""
        listing, shown = self.model.listing, self.model.shown
        QGuiApplication.clipboard().setText("\n".join(row_text(listing, line) for line in shown.in_order))


def _counted(text: str, number: int) -> str:
    return f"{text} {number}" if number else text


def _title(browsed: Browsed) -> str:
    """What is shown: which object, how many elements."""
    listing = browsed.listing
    if listing.of_series:
        return tr("Objects: {objects} · elements: {n}", objects=listing.objects, n=listing.elements)
    if browsed.instance is None:
        return ""
    name = object_name(browsed.instance)
    if browsed.other is not None:
        return tr("{one} beside {other}", one=name, other=object_name(browsed.other))
    return tr("{object} · elements: {n}", object=name, n=listing.elements)
