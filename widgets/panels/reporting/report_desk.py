"""The report's editor: one widget for its workspace, the dock beside the images and a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QLayout, QMenu, QToolButton, QWidget

from app.domain.report import SectionKind
from app.i18n import tr
from app.reporting.controller import ReportController
from app.session.window_places import WINDOWS_MENU
from widgets.command_ui import CommandUi
from widgets.elements import column, icon_button
from widgets.icons import icon
from widgets.panels.reporting.evidence_side import EvidenceSide
from widgets.panels.reporting.report_bar import ReportBar
from widgets.panels.reporting.report_text import ReportText

#: from this width on the evidence has room beside the text
_BESIDE_PX = 1180


class ReportDesk(QWidget):
    """Bar, text and evidence of the open report.

    There is one for all places (`CommandUi.single`): it is moved as it is, with what is typed, what can be
    undone, the cursor, and what waits to be saved.
    """

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.ui = ui
        self.controller = ui.session.get(ReportController)
        self._narrow = self._upright = False
        self.text = ReportText(ui)
        self.bar = ReportBar(ui, self.text)
        self.evidence = EvidenceSide(ui, self.text)
        self.evidence_button = icon_button(
            "list-check", tr("Findings, checks and key images"), checkable=True
        )
        self.evidence_button.toggled.connect(self._show_side)
        self.bar.add(self.evidence_button, self._places_button())
        self._middle = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._middle.setSpacing(0)
        self._middle.addWidget(self.text, 3)
        self._middle.addWidget(self.evidence, 2)
        self.setLayout(column(self.bar, self._middle, gap=0))
        self.text.link_activated.connect(self.evidence.follow_link)
        self.text.checks_asked.connect(self._show_checks)
        self._arrange()
        for signal in (self.controller.changed, ui.session.study.study_changed, ui.session.user.changed):
            ui.listen(signal, self._report_changed)
        self._report_changed()

    def _places_button(self) -> QToolButton:
        made = icon_button("box-multiple", tr("Where the report is written"))
        made.setIconSize(QSize(18, 18))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._fill_places(menu))
        made.setMenu(menu)
        return made

    def _fill_places(self, menu: QMenu) -> None:
        menu.clear()
        for command in self.ui.commands.of_menu(WINDOWS_MENU):
            if not command.enabled():
                continue
            key = self.ui.key(command)
            action = menu.addAction(icon(command.icon), tr(command.title) + (f"\t{key}" if key else ""))
            if command.on is not None:
                action.setCheckable(True)
                action.setChecked(command.on())
            action.triggered.connect(lambda _=False, name=command.command_id: self.ui.run(name))

    # -- places ---------------------------------------------------------------------------------------------

    def stand_in(self, place: QLayout, *, narrow: bool) -> None:
        """Move to a place; who was writing goes on writing there."""
        focus = QApplication.focusWidget()
        held = focus if focus is not None and self.isAncestorOf(focus) else None
        place.addWidget(self)
        self._fit(narrow=narrow)
        self.show()
        if held is not None and held.isVisible():
            held.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(narrow=self._narrow)

    def _fit(self, *, narrow: bool) -> None:
        upright = narrow or 0 < self.width() < _BESIDE_PX
        if (narrow, upright) != (self._narrow, self._upright):
            self._narrow, self._upright = narrow, upright
            self._arrange()

    def _arrange(self) -> None:
        """The evidence at the right of the text; under it on a monitor that stands upright, and beside the
        images, where it is shown when it is wanted.
        """
        narrow, under = self._narrow, self._upright
        way = QBoxLayout.Direction
        self._middle.setDirection(way.TopToBottom if under else way.LeftToRight)
        self.bar.arrange(narrow=narrow)
        self.text.arrange(narrow=narrow)
        self.evidence.arrange(narrow=under)
        self._middle.setStretch(0, 3 if under else 1)
        self._middle.setStretch(1, 2 if under else 0)
        self.evidence_button.setVisible(narrow)
        self._show_side()

    def _show_side(self) -> None:
        self.evidence.setVisible(not self._narrow or self.evidence_button.isChecked())

    def _show_checks(self) -> None:
        self.evidence_button.setChecked(True)
        self.evidence.tabs.setCurrentWidget(self.evidence.checks)

    def regions(self) -> list[QWidget]:
        """Widgets that F6 brings the focus to."""
        tabs = self.evidence.tabs.tabBar()
        first = self.text.focused or next(iter(self.text.editors.values()), None)
        return [first or self.text.area, *([tabs] if tabs.isVisible() else []), self.bar.preview]

    # -- showing --------------------------------------------------------------------------------------------

    def _report_changed(self) -> None:
        report, before, editable = self.controller.report, self.text.shown, self.text.editable
        if report is None:
            self.text.show_nothing()
            return
        self.text.show_report(report)
        self.bar.show_report(report)
        self.evidence.show_report(before, report, anew=editable is not self.text.editable)

    def begin(self) -> None:
        """Writing begins: the cursor goes into the findings."""
        QTimer.singleShot(0, self, lambda: self.text.go_to_section(SectionKind.FINDINGS))
