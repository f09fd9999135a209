"""The resource directory: search a tier, look at a record, register the open study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QIcon, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.domain.report import ReportState
from app.i18n import language, tr
from app.notifications import explain
from app.ports import DirectoryRecord, NodeInfo, RecordHit, SearchAnswer
from app.services.directory import OutboxRow
from widgets.acts import Acts
from widgets.banner import TitleBanner
from widgets.elements import Clickable, EmptyState, NoticeBox, SearchLine, Section, chip, clear, column, label, push, retone, row, scrolled
from widgets.icons import icon
from widgets.record_page import RecordPage
from widgets.record_words import TIERS, ElementInfo, facet_title, read_elements, record_state, tier_name
from widgets.register_dialog import RegisterDialog
from widgets.study_table import RowDelegate, draw_chip
from widgets.theme import DOCK, REPORT_DOCK, ROW, theme
from widgets.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
PAGE = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought together."""

    answer: SearchAnswer
    facets: Mapping[str, Sequence[tuple[str, str, int]]]


#: what one asks for first
_FACETS = ("tier", "area", "category", "subject", "security", "format")


def _facet_place(name: str) -> tuple[int, str]:
    return (next((i for i, known in enumerate(_FACETS) if name.startswith(known)), len(_FACETS)), name)


class HitTable(QAbstractTableModel):
    """Hits of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RecordHit] = []

    def show_hits(self, rows: Sequence[RecordHit]) -> None:
        """Replace the hits."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Name"), tr("Tier"), tr("Category"), tr("Data format"), tr("Security level"), tr("Updated"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        hit = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            place = " · ".join(x for x in (tier_name(hit.tier), hit.area_name) if x)
            when = hit.updated_at.replace("T", " ")[:16]
            text = (hit.title, place, hit.category, hit.data_format, hit.security_level, when)[index.column()]
            return f"{hit.title}\n{hit.identifier}" if index.column() == 0 and role == Qt.ItemDataRole.ToolTipRole else text
        if role == Qt.ItemDataRole.UserRole:
            return hit
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(theme().text if index.column() == 0 else theme().muted))
        return None


class NameDelegate(RowDelegate):
    """Title above, identifier below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""  # type: ignore[attr-defined]
        plain.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)  # type: ignore[attr-defined]
        hit: RecordHit = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect.adjusted(8, 4, -8, -4)  # type: ignore[attr-defined]
        tokens = theme()
        metrics = plain.fontMetrics  # type: ignore[attr-defined]
        painter.save()
        for text, color, flag in (
            (hit.title, tokens.text, Qt.AlignmentFlag.AlignTop), (hit.identifier, tokens.muted, Qt.AlignmentFlag.AlignBottom),
        ):  # fmt: skip
            painter.setPen(QColor(color))
            painter.drawText(
                box, int(flag | Qt.AlignmentFlag.AlignLeft), metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            )
        painter.restore()


class SecurityDelegate(RowDelegate):
    """The security level as a chip."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        text, plain.text = str(index.data() or ""), ""  # type: ignore[attr-defined]
        plain.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)  # type: ignore[attr-defined]
        if text:
            tone = (
                "done" if "一" in text or "1" in text or "public" in text.lower() else "amber" if "三" in text or "3" in text else "accent"
            )
            draw_chip(painter, option.rect.left() + 6, option.rect.center().y(), option.rect.width() - 12, text, tone, plain.font)  # type: ignore[attr-defined]


class HitView(QTableView):
    """Hits, two lines each."""

    def __init__(self, model: HitTable) -> None:
        super().__init__()
        self.setModel(model)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW + 18)
        for position, width in enumerate((300, 150, 130, 110, 116, 130)):
            self.setColumnWidth(position, width)
            delegate = NameDelegate if position == 0 else SecurityDelegate if position == 4 else RowDelegate
            self.setItemDelegateForColumn(position, delegate(self))
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.setAccessibleName(tr("Records"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window format and time of change are left to the record's page."""
        narrow = event.size().width() < 800
        for position in (3, 5):
            self.setColumnHidden(position, narrow)
        self.setColumnWidth(1, 120 if narrow else 150)
        self.setColumnWidth(2, 104 if narrow else 150)
        self.setColumnWidth(4, 116 if language() == "zh" else 170)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class DirectoryWorkspace(Workspace):
    """Facets, hits, record; and what this station has registered."""

    name = "directory"

    #: the directory answered after it had not, or the other way round
    reach_changed = Signal()

    def __init__(self, acts: Acts) -> None:
        super().__init__(acts)
        self._tier = "county"
        self._offset = 0
        self._generation = 0
        self._searched = False
        self._reached = True
        self._filters: dict[str, set[str]] = {}
        self._elements: dict[str, ElementInfo] = {}
        self._nodes: dict[str, NodeInfo] = {}
        self._build_banner()
        self._build_facets()
        self._build_search()
        self._build_mine()
        self.record = RecordPage(acts)
        self._rooms = QStackedWidget()
        search_room = QWidget()
        inner = row(self._facets, self._centre, self.record, gap=0)
        inner.setStretch(1, 1)
        search_room.setLayout(inner)
        self._rooms.addWidget(search_room)
        self._rooms.addWidget(self._mine)
        self.setLayout(column(self._rooms, gap=0))
        acts.listen(acts.desk.directory_changed, self._directory_changed)
        acts.listen(acts.desk.actor_changed, self._forget)
        acts.looked.connect(self._show_register)
        self._show_register()

    def _build_banner(self) -> None:
        self.banner = self.title = TitleBanner(tr("Resource directory"))
        self.find_tab, self.mine_tab = (
            push(tr("Find"), icon_name="search", kind="choice"),
            push(tr("My registrations"), icon_name="send", kind="choice"),
        )
        group = QButtonGroup(self)
        for position, button in enumerate((self.find_tab, self.mine_tab)):
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, p=position: self._show_room(p))
            group.addButton(button)
            self.title.middle.addWidget(button)
        self.find_tab.setChecked(True)
        self.register = push(tr("Register open study"), icon_name="plus", kind="primary")
        self.register.clicked.connect(self.open_register)
        self.title.add(self.register)

    def _build_facets(self) -> None:
        self._facet_stack = QVBoxLayout()
        self._facet_stack.setSpacing(4)
        self._facet_stack.setContentsMargins(16, 16, 16, 16)
        content = QWidget()
        content.setLayout(self._facet_stack)
        self._facets = QFrame()
        self._facets.setObjectName("facets")
        self._facets.setFixedWidth(220)
        self._facets.setLayout(column(scrolled(content), gap=0))
        self._show_facets({})

    def _build_search(self) -> None:
        self.search_line = SearchLine(tr("Words, category, place or identifier"))
        self.search_line.returnPressed.connect(self.search)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(450)
        self._typed.timeout.connect(self.search)
        self.search_line.textEdited.connect(lambda _: self._typed.start())
        go = push(tr("Search"), kind="primary")
        go.clicked.connect(self.search)
        self.tiers: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for tier in TIERS:
            made = push(tier_name(tier), kind="choice")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, t=tier: self.choose_tier(t))
            group.addButton(made)
            self.tiers[tier] = made
        self.tiers[self._tier].setChecked(True)
        self.answered = label(tone="muted", wrap=True)
        self.problem = NoticeBox("", "danger")
        self.again = push(tr("Try again"), icon_name="refresh")
        self.again.clicked.connect(self.search)
        self._problem_row = QWidget()
        line = row(self.problem, self.again, gap=8)
        line.setStretch(0, 1)
        self._problem_row.setLayout(line)
        self._problem_row.hide()
        self.model = HitTable()
        self.table = HitView(self.model)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._open(now))
        self.table.activated.connect(self._open)
        self.none = EmptyState(
            "sitemap", tr("Search the directory"),
            tr("Published records of the county, the city and the province appear here. Type words, or search with an empty line to see all."),
        )  # fmt: skip
        self._pages = QStackedWidget()
        self._pages.addWidget(self.none)
        self._pages.addWidget(self.table)
        self.before = push(tr("Previous page"), icon_name="chevron-left")
        self.after = push(tr("Next page"), icon_name="chevron-right")
        self.before.clicked.connect(lambda: self._turn(-PAGE))
        self.after.clicked.connect(lambda: self._turn(PAGE))
        self.place = label(tone="muted")
        self._pager = QWidget()
        self._pager.setLayout(row(self.place, None, self.before, self.after, gap=8))
        self._pager.hide()
        self._centre = QWidget()
        self._centre.setLayout(
            column(
                row(self.search_line, go, gap=8), row(*self.tiers.values(), self.answered, gap=8), self._problem_row, self._pages, self._pager,
                gap=12, margins=(24, 16, 24, 16),
            )
        )  # fmt: skip
        self._centre.layout().itemAt(1).layout().setStretch(3, 1)  # type: ignore[union-attr]

    def _build_mine(self) -> None:
        self._mine_stack = QVBoxLayout()
        self._mine_stack.setSpacing(12)
        self._mine_stack.setContentsMargins(24, 16, 24, 16)
        content = QWidget()
        content.setLayout(self._mine_stack)
        self._mine = QWidget()
        self._mine.setLayout(column(scrolled(content), gap=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= 1500
        self._facets.setFixedWidth(240 if wide else 196)
        self.record.setFixedWidth(REPORT_DOCK - 100 if wide else DOCK)

    def regions(self) -> list[QWidget]:
        return [self.search_line, self.table if self.model.rows else self.tiers[self._tier], self.record]

    def arrived(self) -> None:
        if not self.desk.has_actor:
            return
        if not self._elements:
            self._load_set()
        self._load_nodes()
        if not self._searched:
            self.search()
        if self._rooms.currentWidget() is self._mine:
            self._show_mine()

    def _forget(self) -> None:
        self._searched = False
        self.model.show_hits([])
        self._pages.setCurrentWidget(self.none)
        self.record.show_text(tr("Choose a record in the list; what it says appears here."))

    def _load_set(self) -> None:
        actor, directory = self.desk.actor, self.desk.station.directory

        def came(rows: Sequence[Mapping[str, object]]) -> None:
            self._elements = read_elements(rows)

        self.acts.quietly(lambda: directory.elements(actor), came, failed=lambda _: None)

    def _load_nodes(self) -> None:
        actor, directory = self.desk.actor, self.desk.station.directory

        def came(nodes: Sequence[NodeInfo]) -> None:
            self._nodes = {node.tier: node for node in nodes}
            names = [self._nodes[t].area_name or tier_name(t) for t in TIERS if t in self._nodes]
            self.title.quiet.setText(" → ".join(names))
            for tier, button in self.tiers.items():
                node = self._nodes.get(tier)
                button.setToolTip(node.area_name if node and node.online else tr("does not answer") if node else tr("not set up"))
                away = node is not None and not node.online
                button.setIcon(icon("cloud-off", theme().amber) if away else QIcon())

        self.acts.quietly(lambda: directory.nodes(actor), came, failed=lambda _: None)

    # -- searching ------------------------------------------------------------------------------------------

    def choose_tier(self, tier: str) -> None:
        """Search another tier."""
        self._tier = tier
        self.tiers[tier].setChecked(True)
        self._filters = {}
        self.search()

    def _turn(self, step: int) -> None:
        self.search(offset=max(0, self._offset + step))

    def search(self, *_: object, offset: int = 0) -> None:
        """Ask the tier, in the background."""
        self._typed.stop()
        if not self.desk.has_actor:
            return
        self._searched = True
        self._generation += 1
        self._offset = offset
        generation, actor, directory, tier = self._generation, self.desk.actor, self.desk.station.directory, self._tier
        text, filters = self.search_line.text().strip(), {k: sorted(v) for k, v in self._filters.items() if v}
        self.answered.setText(tr("{tier}: asking…", tier=tier_name(tier)))

        def ask() -> Found:
            answer = directory.search(actor, text, tier, offset=offset, limit=PAGE, filters=filters)
            return Found(answer, directory.facets(actor, text, tier))

        self.acts.quietly(ask, lambda found: self._came(generation, found), failed=lambda error: self._failed(generation, error))

    def _failed(self, generation: int, error: BaseException) -> None:
        if generation != self._generation:
            return
        told = explain(error)
        self._tell_reach(reached=False)
        self.problem.tell(f"{told.message} {told.hint}".strip(), "danger")
        self._problem_row.show()
        self.answered.setText(tr("{tier} did not answer.", tier=tier_name(self._tier)))
        self.model.show_hits([])
        self._pager.hide()
        self.none.title.setText(tr("No answer"))
        self.none.text.setText(tr("What is registered meanwhile waits in the outbox and is sent when the directory answers again."))
        self._pages.setCurrentWidget(self.none)

    def _tell_reach(self, *, reached: bool) -> None:
        if reached is not self._reached:
            self._reached = reached
            self.reach_changed.emit()

    def _came(self, generation: int, found: Found) -> None:
        if generation != self._generation:
            return
        answer = found.answer
        self._tell_reach(reached=True)
        self._problem_row.hide()
        about = "" if answer.exact else tr("about") + " "
        said = tr(
            "Records: {n} · {seconds} s · {tier} answered",
            n=f"{about}{answer.total:,}",
            seconds=f"{answer.seconds:.2f}",
            tier=tier_name(answer.tier),
        )
        self.answered.setText(" · ".join((said, *answer.notes)))
        retone(self.answered, "tone", "amber" if answer.notes else "muted")
        self.model.show_hits(answer.hits)
        self._show_facets(found.facets)
        last = self._offset + len(answer.hits)
        self._pager.setVisible(answer.total > PAGE)
        self.place.setText(tr("{first}–{last} of {total}", first=self._offset + 1, last=last, total=answer.total))
        self.before.setEnabled(self._offset > 0)
        self.after.setEnabled(last < answer.total)
        self.none.title.setText(tr("No record fits"))
        self.none.text.setText(tr("Try fewer words, another tier, or take filters away at the left."))
        self._pages.setCurrentWidget(self.table if answer.hits else self.none)
        if answer.hits:
            self.table.selectRow(0)

    def _show_facets(self, facets: Mapping[str, Sequence[tuple[str, str, int]]]) -> None:
        clear(self._facet_stack)
        if not facets:
            self._facet_stack.addWidget(label(tr("Filters appear with the first answer."), tone="muted", wrap=True))
        for name, values in sorted(facets.items(), key=lambda pair: _facet_place(pair[0])):
            if not values:
                continue
            self._facet_stack.addWidget(label(facet_title(name), tone="muted"))
            chosen = self._filters.setdefault(name, set())
            for code, title, count in values[:12]:
                box = QCheckBox(title or code)
                box.setToolTip(title or code)
                box.setChecked(code in chosen)
                box.toggled.connect(lambda on, n=name, c=code: self._filter(n, c, on=on))
                metrics = box.fontMetrics()
                box.setText(metrics.elidedText(title or code, Qt.TextElideMode.ElideRight, self._facets.width() - 84))
                self._facet_stack.addLayout(row(box, None, label(f"{count:,}", tone="muted")))
            self._facet_stack.addSpacing(12)
        self._facet_stack.addStretch(1)

    def _filter(self, name: str, code: str, *, on: bool) -> None:
        chosen = self._filters.setdefault(name, set())
        chosen.add(code) if on else chosen.discard(code)
        QTimer.singleShot(0, self, self.search)

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        hit = self.model.rows[index.row()]
        generation, actor, directory = self._generation, self.desk.actor, self.desk.station.directory
        tier = self._tier

        def fetch() -> tuple[DirectoryRecord, str | None]:
            return directory.record(actor, hit.identifier, tier), directory.local_study(actor, hit.identifier)

        def came(found: tuple[DirectoryRecord, str | None]) -> None:
            if generation == self._generation and self.table.currentIndex().row() == index.row():
                self.record.show_record(found[0], self._elements, local_study=found[1])

        self.acts.quietly(fetch, came, failed=lambda error: self.record.show_text(explain(error).message))

    def show_record(self, tier: str, identifier: str) -> None:
        """Search a tier for an identifier and open its record."""
        self._show_room(0)
        self._tier = tier
        self.tiers[tier].setChecked(True)
        self._filters = {}
        self.search_line.setText(identifier)
        self.search()

    # -- registering ----------------------------------------------------------------------------------------

    def _show_register(self) -> None:
        report, study = self.desk.report, self.desk.reading.study
        ready = study is not None and report is not None and report.state is ReportState.FINAL
        self.register.setEnabled(ready)
        self.register.setToolTip("" if ready else tr("Open a study whose report is approved; only an approved report is registered."))

    def open_register(self) -> None:
        """Fetch the proposal and the metadata set, then let a person look."""
        if not self._elements:
            self.acts.quietly(
                lambda: self.desk.station.directory.elements(self.desk.actor), self._set_then_register, failed=lambda _: self._propose()
            )
        else:
            self._propose()

    def _set_then_register(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._elements = read_elements(rows)
        self._propose()

    def _propose(self) -> None:
        proposed = self.acts.run("directory.propose")
        if proposed is not None:
            RegisterDialog(self.acts, proposed, self._elements, self.window()).open()

    # -- what is mine ---------------------------------------------------------------------------------------

    def _show_room(self, position: int) -> None:
        self._rooms.setCurrentIndex(position)
        (self.find_tab, self.mine_tab)[position].setChecked(True)
        if position == 1:
            self._show_mine()

    def _directory_changed(self) -> None:
        if self.isVisible():
            self._show_mine()
            self._load_nodes()
            if self._searched:
                self.search(offset=self._offset)
        else:
            self._searched = False

    def _show_mine(self) -> None:
        if not self.desk.has_actor:
            return
        actor, directory = self.desk.actor, self.desk.station.directory
        self.acts.quietly(lambda: (directory.outbox(actor), directory.registrations(actor)), lambda found: self._fill_mine(*found))

    def _fill_mine(self, waiting: Sequence[OutboxRow], sent: Sequence[tuple[str, str, str]]) -> None:
        clear(self._mine_stack)
        outbox = Section(tr("Waiting in the outbox {n}", n=len(waiting)))
        send = self.acts.button("directory.send", text=tr("Send now"))
        send.setVisible(bool(waiting))
        outbox.head.addWidget(send)
        if not waiting:
            outbox.add(label(tr("Nothing waits: everything was sent."), tone="muted"))
        for one in waiting:
            outbox.add(self._waiting_card(one))
        mine = Section(tr("Registered {n}", n=len(sent)))
        if not sent:
            mine.add(
                label(
                    tr("No study of this station is registered yet. Open a study with an approved report and register it here."),
                    tone="muted",
                    wrap=True,
                )
            )
        for identifier, study_uid, state in sent:
            mine.add(self._sent_card(identifier, study_uid, state))
        self._mine_stack.addWidget(outbox)
        self._mine_stack.addWidget(mine)
        self._mine_stack.addStretch(1)

    def _study_words(self, study_uid: str) -> str:
        study = self.desk.attempt(lambda: self.desk.station.archive.study(self.desk.actor, study_uid))
        return f"{study.patient.display_name} · {study.description}" if study is not None else study_uid

    def _waiting_card(self, one: OutboxRow) -> QWidget:
        card = Clickable()
        card.setObjectName("card")
        error = label(one.last_error, tone="amber", wrap=True)
        error.setVisible(bool(one.last_error))
        head = row(label(self._study_words(one.study_uid), size="strong"), None, chip(tr("Attempts: {n}", n=one.tries), "amber"))
        card.setLayout(column(head, error, gap=4, margins=(12, 8, 12, 8)))
        return card

    def _sent_card(self, identifier: str, study_uid: str, state: str) -> QWidget:
        card = Clickable()
        card.setObjectName("card")
        word, tone = record_state(state)
        open_it = push(tr("Open local study"))
        open_it.clicked.connect(lambda: self.acts.run("directory.open-study", identifier))
        words = column(label(self._study_words(study_uid), size="strong"), label(identifier, tone="muted", select=True), gap=2)
        card.setLayout(row(words, None, chip(word, tone), open_it, gap=12, margins=(12, 8, 12, 8)))
        return card
