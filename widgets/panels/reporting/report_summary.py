"""The report while reading: what it says now, and the way to it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.report import Report, SectionKind
from app.i18n import tr
from app.reporting.controller import ReportController
from app.reporting.rights import WRITE_REPORT
from widgets.command_ui import CommandUi
from widgets.elements import chip, clear, column, label, push, row, scrolled
from widgets.panels.reporting.report_words import section_title
from widgets.report_state import state_chip


class ReportSummary(QWidget):
    """Sections as they stand, and a button that opens the editor."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._stack = QVBoxLayout()
        self._stack.setSpacing(8)
        self._stack.setContentsMargins(16, 12, 16, 12)
        content = QWidget()
        content.setLayout(self._stack)
        self.open_button = push(tr("Write report"), icon_name="writing", kind="primary")
        self.open_button.clicked.connect(lambda: ui.run("report.write"))
        self.setLayout(column(scrolled(content), row(self.open_button, None, margins=(16, 8, 16, 12)), gap=0))
        ui.listen(ui.session.get(ReportController).changed, self.rebuild)
        ui.listen(ui.session.study.study_changed, self.rebuild)
        ui.listen(ui.session.user.changed, self.rebuild)
        self.rebuild()

    def rebuild(self) -> None:
        """Show the report as it is."""
        clear(self._stack)
        report: Report | None = self._ui.session.get(ReportController).report
        writes = self._ui.may(WRITE_REPORT)
        self.open_button.setEnabled(self._ui.session.study.study is not None)
        self.open_button.setVisible(writes or report is not None)
        if report is None:
            self.open_button.setText(" " + tr("Write report"))
            self._stack.addWidget(
                label(
                    tr("This study has no report yet. Writing one takes the template that fits it.")
                    if writes
                    else tr("This study has no report yet."),
                    tone="muted",
                    wrap=True,
                )
            )
            self._stack.addStretch(1)
            return
        self.open_button.setText(" " + tr("Open report"))
        text, tone = state_chip(report.state)
        self._stack.addLayout(row(chip(text, tone), None))
        for kind in (SectionKind.FINDINGS, SectionKind.IMPRESSION, SectionKind.RECOMMENDATION):
            plain = report.section(kind).plain.strip()
            self._stack.addWidget(label(section_title(kind), tone="muted"))
            self._stack.addWidget(label(plain or "–", wrap=True, select=True))
            self._stack.addSpacing(4)
        self._stack.addStretch(1)
