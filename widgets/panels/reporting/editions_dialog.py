"""All reports of a study, one at a time: the one in force, those that were corrected, what was added."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.domain.report import Relation, Report, ReportState
from app.i18n import tr
from app.reporting.output import ReportOutput
from app.reporting.prior_reports import prior_report_page
from app.reporting.service import ReportService
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import clear, label
from widgets.notices import NoticeBox
from widgets.objects.page_view import PageView
from widgets.panels.reporting.pdf_preview import PdfPreview
from widgets.panels.reporting.report_words import relation_told
from widgets.report_state import state_chip

_LIST_PX, _PAGE_PX, _HEIGHT_PX = 300, 560, 460


class EditionsDialog(Dialog):
    """Reads what there is and shows it; nothing is changed here."""

    def __init__(self, ui: CommandUi, study_uid: str, parent: QWidget | None) -> None:
        super().__init__(tr("Editions of the report"), parent)
        self._ui = ui
        self._reports = ui.session.station.get(ReportService)
        self._editions: Sequence[Report] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Editions of the report"))
        self.list.setFixedWidth(_LIST_PX)
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._show)
        self._page = QVBoxLayout()
        side = QWidget()
        side.setLayout(self._page)
        side.setMinimumSize(_PAGE_PX, _HEIGHT_PX)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.list)
        line.addWidget(side, 1)
        self.body.addLayout(line)
        self.preview = self.add_button(tr("Print preview"), icon_name="eye")
        self.preview.setEnabled(False)
        self.preview.clicked.connect(self._preview)
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
        self._page.addWidget(label(tr("Looking for the reports of the study."), tone="muted"))
        actor = ui.session.user.actor
        ui.quietly(lambda: self._reports.editions(actor, study_uid), self._came, owner=self)

    def _came(self, editions: Sequence[Report]) -> None:
        self._editions = tuple(reversed(editions))
        for one in self._editions:
            self.list.addItem(QListWidgetItem(edition_line(one)))
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _show(self, at: int) -> None:
        clear(self._page)
        known = 0 <= at < len(self._editions)
        self.preview.setEnabled(known)
        if not known:
            return
        report = self._editions[at]
        if report.parent is not None:
            self._page.addWidget(NoticeBox(relation_told(report.parent), "accent"))
        page = PageView(prior_report_page(edition_title(report), report))
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._page.addWidget(page, 1)

    def _preview(self) -> None:
        report, actor = self._editions[self.list.currentRow()], self._ui.session.user.actor

        def came(pdf: bytes) -> None:
            PdfPreview(pdf, self.window(), title=edition_title(report)).open()

        self._ui.quietly(
            lambda: self._ui.session.station.get(ReportOutput).pdf(actor, report), came, owner=self
        )


def edition_title(report: Report) -> str:
    """``Report``, ``Correction``, ``Addendum``."""
    if report.parent is None:
        return tr("Report")
    return tr("Correction") if report.parent.relation is Relation.CORRECTION else tr("Addendum")


def edition_line(report: Report) -> str:
    """What an edition is, where it stands, by whom and when."""
    last = report.signatures[-1] if report.signatures else None
    at = last.signed_at if last is not None else report.updated_at
    by = last.person_name if last is not None else report.author_name
    state = tr("in force") if report.state is ReportState.FINAL else state_chip(report.state)[0]
    when = f"{at.astimezone():%Y-%m-%d %H:%M}" if at is not None else ""
    return f"{edition_title(report)} · {state}\n{' · '.join(x for x in (by, when) if x)}"
