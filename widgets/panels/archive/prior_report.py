"""The reports of a patient's other studies, read from the list without opening anything."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.domain.study import Study
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.prior_report_page import PriorPaper, PriorReportPage
from widgets.shell.banner import exam_text


class PriorReportDialog(Dialog):
    """One prior at a time, the latest that has a report first."""

    def __init__(
        self, ui: CommandUi, current: Study, papers: Sequence[PriorPaper], parent: QWidget | None
    ) -> None:
        super().__init__(tr("Reports of the patient's other studies"), parent, width=680)
        who = current.patient.display_name or tr("Name not given")
        self.body.addWidget(label(f"{who} · {exam_text(current)}"[:200], tone="muted", wrap=True))
        self.page = PriorReportPage(ui)
        self.page.setMinimumHeight(420)
        self.page.show_papers(papers, "")
        self.body.addWidget(self.page)
        self.add_button(tr("Close"), kind="primary", default=True).clicked.connect(self.accept)
