"""The resource directory: search a tier, look at a record, register the open study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QWidget

from app.directory.controller import DirectoryController
from app.directory.service import DirectoryService
from app.domain.report import ReportState
from app.i18n import tr
from app.notifications import explain
from app.ports import DirectoryRecord, NodeInfo, SearchAnswer
from app.reporting.controller import ReportController
from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import column, push, row
from widgets.panels.directory.directory_facets import FacetPanel, Facets
from widgets.panels.directory.directory_registrations import Registrations
from widgets.panels.directory.directory_search import PAGE, SearchPane
from widgets.panels.directory.record_page import RecordPage
from widgets.panels.directory.record_words import TIERS, ElementInfo, read_elements, tier_name
from widgets.panels.directory.register_dialog import RegisterDialog
from widgets.shell.banner import TitleBanner
from widgets.theme import DOCK, REPORT_DOCK
from widgets.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought together."""

    answer: SearchAnswer
    facets: Facets


class DirectoryWorkspace(Workspace):
    """Facets, hits, record; and what this station has registered."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__(ui)
        self._tier = "county"
        self._offset = 0
        self._generation = 0
        self._searched = False
        self._elements: dict[str, ElementInfo] = {}
        self._build_banner()
        self.facets = FacetPanel()
        self.facets.changed.connect(lambda: QTimer.singleShot(0, self, self.search))
        self.pane = SearchPane()
        self.pane.show_tier(self._tier)
        self.pane.asked.connect(lambda offset: self.search(offset=offset))
        self.pane.tier_chosen.connect(self.choose_tier)
        self.pane.settings_asked.connect(lambda: ui.run("settings.open"))
        self.pane.table.selectionModel().currentRowChanged.connect(lambda now, _: self._open(now))
        self.pane.table.activated.connect(self._open)
        self.search_line, self.tiers, self.table, self.model = (
            self.pane.line,
            self.pane.tiers,
            self.pane.table,
            self.pane.model,
        )
        self.registrations = Registrations(ui)
        self.registrations.record_asked.connect(self._show_own)
        self.record = RecordPage(ui)
        self._rooms = QStackedWidget()
        search_room = QWidget()
        inner = row(self.facets, self.pane, self.record, gap=0)
        inner.setStretch(1, 1)
        search_room.setLayout(inner)
        self._rooms.addWidget(search_room)
        self._rooms.addWidget(self.registrations)
        self.setLayout(column(self._rooms, gap=0))
        ui.listen(ui.session.get(DirectoryController).changed, self._directory_changed)
        ui.listen(ui.session.user.changed, self._forget)
        ui.looked.connect(self._show_register)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= 1500
        self.facets.setFixedWidth(240 if wide else 196)
        self.record.setFixedWidth(REPORT_DOCK - 100 if wide else DOCK)

    def commands(self) -> list[Command]:
        return [
            Command("directory.show-record", "Show record of the directory", self.show_record, palette=False)
        ]

    def focus_search(self) -> None:
        self.search_line.setFocus()
        self.search_line.selectAll()

    def regions(self) -> list[QWidget]:
        return [self.search_line, self.table if self.model.rows else self.tiers[self._tier], self.record]

    def arrived(self) -> None:
        if not self.session.user.is_logged_in:
            return
        if not self._elements:
            self._load_set()
        self._load_nodes()
        if not self._searched:
            self.search()
        if self._rooms.currentWidget() is self.registrations:
            self.registrations.look()

    def _forget(self) -> None:
        """Somebody came or left: nothing of the one before stays, nor comes late."""
        self._generation += 1
        self._searched = False
        self.registrations.forget()
        self.pane.forget()
        self.record.show_text(tr("Choose a record in the list; what it says appears here."))
        if self.isVisible():
            self.arrived()

    def _load_set(self) -> None:
        actor, directory = self.session.user.actor, self.session.station.get(DirectoryService)

        def came(rows: Sequence[Mapping[str, object]]) -> None:
            self._elements = read_elements(rows)

        self.ui.quietly(lambda: directory.elements(actor), came, failed=lambda _: None)

    def _load_nodes(self) -> None:
        actor, directory = self.session.user.actor, self.session.station.get(DirectoryService)

        def came(nodes: Sequence[NodeInfo]) -> None:
            known = {node.tier: node for node in nodes}
            self.title.quiet.setText(
                " → ".join(known[t].area_name or tier_name(t) for t in TIERS if t in known)
            )
            self.pane.show_nodes(known)

        self.ui.quietly(lambda: directory.nodes(actor), came, failed=lambda _: None)

    # -- searching ------------------------------------------------------------------------------------------

    def choose_tier(self, tier: str) -> None:
        """Search another tier."""
        self._tier = tier
        self.pane.show_tier(tier)
        self.facets.forget()
        self.search()

    def search(self, *, offset: int = 0) -> None:
        """Ask the tier, in the background."""
        if not self.session.user.is_logged_in:
            return
        self._searched = True
        self._generation += 1
        self._offset = offset
        generation, actor, directory, tier = (
            self._generation,
            self.session.user.actor,
            self.session.station.get(DirectoryService),
            self._tier,
        )
        text, filters = self.search_line.text().strip(), self.facets.filters()
        self.pane.tell_asking(tier, offset)

        def ask() -> Found:
            answer = directory.search(actor, text, tier, offset=offset, limit=PAGE, filters=filters)
            return Found(answer, directory.facets(actor, text, tier, filters=filters))

        self.ui.quietly(
            ask,
            lambda found: self._came(generation, found),
            failed=lambda error: self._failed(generation, error),
        )

    def _failed(self, generation: int, error: BaseException) -> None:
        if generation == self._generation:
            self.session.get(DirectoryController).tell_reach(reached=False)
            self.pane.tell_failure(self._tier, error)

    def _came(self, generation: int, found: Found) -> None:
        if generation == self._generation:
            self.session.get(DirectoryController).tell_reach(reached=True)
            self.facets.show_facets(found.facets)
            self.pane.show_answer(found.answer)

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        hit = self.model.rows[index.row()]
        generation, actor, directory = (
            self._generation,
            self.session.user.actor,
            self.session.station.get(DirectoryService),
        )
        tier = self._tier

        def fetch() -> tuple[DirectoryRecord, str | None]:
            return directory.record(actor, hit.identifier, tier), directory.local_study(actor, hit.identifier)

        def came(found: tuple[DirectoryRecord, str | None]) -> None:
            if generation == self._generation and self.table.currentIndex().row() == index.row():
                self.record.show_record(found[0], self._elements, local_study=found[1])

        self.ui.quietly(fetch, came, failed=lambda error: self.record.show_text(explain(error).message))

    def show_record(self, tier: str, identifier: str) -> None:
        """Search a tier for an identifier and open its record."""
        self._show_room(0)
        self.search_line.setText(identifier)
        self.choose_tier(tier)

    def _show_own(self, identifier: str) -> None:
        """A record of this station as the county has it, published or not: with its steps and a reviewer's
        reason.
        """
        self._show_room(0)
        self.search_line.setText(identifier)
        self.choose_tier("county")
        generation, actor, directory = (
            self._generation,
            self.session.user.actor,
            self.session.station.get(DirectoryService),
        )

        def fetch() -> tuple[DirectoryRecord, str | None]:
            return directory.record(actor, identifier, "county"), directory.local_study(actor, identifier)

        def came(found: tuple[DirectoryRecord, str | None]) -> None:
            record, local_study = found
            if generation == self._generation:
                self.record.show_record(record, self._elements, local_study=local_study)

        self.ui.quietly(fetch, came, failed=lambda e: self.record.show_text(explain(e).message))

    # -- registering ----------------------------------------------------------------------------------------

    def _show_register(self) -> None:
        report, study = self.session.get(ReportController).report, self.session.study.study
        ready = study is not None and report is not None and report.state is ReportState.FINAL
        self.register.setEnabled(ready)
        self.register.setToolTip(
            ""
            if ready
            else tr("Open a study whose report is approved; only an approved report is registered.")
        )

    def open_register(self) -> None:
        """Fetch the proposal and the metadata set, then let a person look."""
        if not self._elements:
            self.ui.quietly(
                lambda: self.session.station.get(DirectoryService).elements(self.session.user.actor),
                self._set_then_register,
                failed=lambda _: self._propose(),
            )
        else:
            self._propose()

    def _set_then_register(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._elements = read_elements(rows)
        self._propose()

    def _propose(self) -> None:
        proposed = self.ui.run("directory.propose")
        if proposed is not None:
            RegisterDialog(self.ui, proposed, self._elements, self.window()).open()

    # -- what is mine ---------------------------------------------------------------------------------------

    def _show_room(self, position: int) -> None:
        self._rooms.setCurrentIndex(position)
        (self.find_tab, self.mine_tab)[position].setChecked(True)
        if position == 1:
            self.registrations.look()

    def _directory_changed(self) -> None:
        if self.isVisible():
            self.registrations.look()
            self._load_nodes()
            if self._searched:
                self.search(offset=self._offset)
        else:
            self._searched = False
