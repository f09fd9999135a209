"""The report of a prior beside the images of the study that is read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent

from app.i18n import tr
from app.reporting.prior_reports import PriorReportController
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.prior_report_page import PriorPaper, PriorReportPage, prior_papers
from widgets.workspace import Panel


class PriorReportPanel(Panel):
    """Fetches what can be read of the priors when it is seen first, and anew for another study."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        #: the study whose priors are shown, or are being fetched; "" for none
        self._of = ""
        self._wanted = ""
        self.page = PriorReportPage(ui)
        self.setLayout(column(self.page, margins=(16, 12, 16, 12)))
        ui.listen(ui.session.study.study_changed, self._forget)
        ui.listen(ui.session.study.contents_changed, self._forget)
        ui.listen(ui.session.get(PriorReportController).asked, self._ask)
        self._forget()

    def showEvent(self, event: QShowEvent) -> None:
        """Nothing is fetched before somebody looks."""
        super().showEvent(event)
        self._look()

    def focus_first(self) -> None:
        self.page.choice.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the images."""
        if event.key() == Qt.Key.Key_Escape:
            self._ui.session.panels.close()
        else:
            super().keyPressEvent(event)

    def _ask(self, study_uid: str) -> None:
        self._wanted = study_uid
        if study_uid:
            self.page.choose(study_uid)
        self._look()

    def _forget(self) -> None:
        study = self._ui.session.study
        self._of, self._wanted = "", ""
        if study.study is None:
            instead = tr("No study is open")
        elif not study.priors:
            instead = tr("The patient has no other study.")
        else:
            instead = tr("Looking for the reports of the patient's other studies.")
        self.page.show_papers((), instead)
        if self.isVisible():
            self._look()

    def _look(self) -> None:
        study = self._ui.session.study
        if study.study is None or not study.priors or self._of == study.study.study_uid:
            return
        self._of = of = study.study.study_uid

        def came(papers: list[PriorPaper]) -> None:
            if self._of == of:
                self.page.show_papers(papers, tr("The patient has no other study."), self._wanted)

        self._ui.quietly(prior_papers(self._ui, of), came)
