"""The report while reading: what it says now, and the way to it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.person import Right
from app.domain.report import Report, SectionKind
from app.i18n import tr
from widgets.acts import Acts
from widgets.elements import chip, clear, column, label, push, row, scrolled
from widgets.report_words import section_title, state_chip


class ReportGlance(QWidget):
    """Sections as they stand, and a button that opens the editor."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
        self._stack = QVBoxLayout()
        self._stack.setSpacing(8)
        self._stack.setContentsMargins(16, 12, 16, 12)
        content = QWidget()
        content.setLayout(self._stack)
        self.open_button = push(tr("Write report"), icon_name="writing", kind="primary")
        self.open_button.clicked.connect(self._open)
        self.setLayout(column(scrolled(content), row(self.open_button, None, margins=(16, 8, 16, 12)), gap=0))
        acts.listen(acts.desk.report_changed, self.rebuild)
        acts.listen(acts.desk.reading.study_changed, self.rebuild)
        acts.listen(acts.desk.actor_changed, self.rebuild)
        self.rebuild()

    def _open(self) -> None:
        if not self._acts.may(Right.WRITE_REPORT) or self._acts.run("report.open") is not None:
            self._acts.run("workspace.report")

    def rebuild(self) -> None:
        """Show the report as it is."""
        clear(self._stack)
        report: Report | None = self._acts.desk.report
        writes = self._acts.may(Right.WRITE_REPORT)
        self.open_button.setEnabled(self._acts.desk.reading.study is not None)
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
