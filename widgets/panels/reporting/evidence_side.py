"""What a report stands on, in tabs beside its text, with the key images below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QTabWidget

from app.annotation.controller import AnnotationController
from app.domain.report import EDITABLE, Check, ImageLink, MeasurementLink, Report, Severity
from app.i18n import tr
from app.reporting.controller import ReportController
from app.reporting.service import ReportService
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.panels.reporting.evidence import ChecksPanel, FindingsPanel, HistoryPanel, MeasurementsPanel
from widgets.panels.reporting.key_images import KeyImagesStrip
from widgets.panels.reporting.report_text import ReportText
from widgets.theme import REPORT_DOCK

CHECK_AFTER_MS = 500
_ANY_PX = 16_777_215


class EvidenceSide(QFrame):
    """Findings, measurements, checks and history of what stands in `text`."""

    def __init__(self, ui: CommandUi, text: ReportText) -> None:
        super().__init__()
        self._ui, self._text = ui, text
        self.session = ui.session
        self.controller = ui.session.get(ReportController)
        self._annotation = ui.session.get(AnnotationController)
        #: checks that stopped signing when they were made last
        self._stops = 0
        self._checking = 0
        self._check_later = QTimer(self)
        self._check_later.setSingleShot(True)
        self._check_later.setInterval(CHECK_AFTER_MS)
        self._check_later.timeout.connect(self._check)
        self.setObjectName("dock")
        self._build_tabs()
        self._column = column(self.tabs, self.images, gap=0)
        self.setLayout(self._column)
        self.arrange(narrow=False)
        text.edited.connect(self._check_later.start)
        ui.listen(ui.session.loaded.shown, self.show_evidence)

    def _build_tabs(self) -> None:
        ui, text = self._ui, self._text
        self.findings = FindingsPanel(ui)
        self.findings.changed.connect(self._findings_changed)
        self.measurements = MeasurementsPanel(ui)
        self.measurements.insert_asked.connect(text.insert)
        self.measurements.go_asked.connect(self.go_to_measurement)
        self.checks = ChecksPanel()
        self.checks.place_asked.connect(text.go_to_check)
        self.history = HistoryPanel(ui)
        self.images = KeyImagesStrip(ui)
        self.images.insert_asked.connect(text.insert)
        self.images.go_asked.connect(self.go_to_image)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(tr("Panels"))
        for panel, title in (
            (self.findings, tr("Findings")),
            (self.measurements, tr("Measure")),
            (self.checks, tr("Checks")),
            (self.history, tr("History")),
        ):
            self.tabs.addTab(panel, title)

    def arrange(self, *, narrow: bool) -> None:
        """At the right of the text with the key images below, or under it with these as a tab."""
        at = self.tabs.indexOf(self.images)
        if narrow and at < 0:
            self.tabs.addTab(self.images, tr("Key images"))
        elif not narrow and at >= 0:
            self.tabs.removeTab(at)
        if not narrow:
            self._column.addWidget(self.images)
            self.images.show()
        self.setMinimumWidth(0 if narrow else REPORT_DOCK)
        self.setMaximumWidth(_ANY_PX if narrow else REPORT_DOCK)

    # -- showing --------------------------------------------------------------------------------------------

    def show_report(self, before: Report | None, report: Report, *, anew: bool) -> None:
        """Show what changed of a report's evidence, or all of it; its text is checked soon."""
        if anew or before is None or _evidence(before) != _evidence(report):
            self.show_evidence()
        self.history.show_report(report)
        self._check_later.start()

    def show_evidence(self) -> None:
        """Show findings, measurements and key images."""
        report, editable = self._text.shown, self._text.editable
        if report is not None:
            self.findings.show_report(report, editable=editable)
            self.measurements.show_report(report, editable=editable)
            self.images.show_report(report, editable=editable)

    def _findings_changed(self, findings: tuple[object, ...]) -> None:
        self._text.flush()
        report = self.controller.report
        if report is not None:
            changed = replace(report, findings=findings)  # type: ignore[arg-type]
            self.session.dispatcher.attempt(lambda: self.controller.edit(changed))

    # -- checks ---------------------------------------------------------------------------------------------

    def _check(self) -> None:
        report = self._text.present()
        if report is None or self._text.shown is None:
            return
        self._checking += 1
        checking, reports = self._checking, self.session.station.get(ReportService)

        def came(checks: list[Check]) -> None:
            if checking == self._checking and self._text.shown is not None:  # nothing was typed since
                self._show_checks(report, checks)

        if report.state in EDITABLE:
            self._ui.quietly(lambda: reports.check(report), came)
        else:
            self._show_checks(report, [])

    def _show_checks(self, report: Report, checks: list[Check]) -> None:
        self.checks.show_checks(checks)
        stops = sum(c.severity is Severity.PROHIBIT for c in checks)
        if self._stops and not stops:  # what stopped signing is mended
            self.session.station.notifications.end("report.sign")
        self._stops = stops
        link = self._text.checked
        link.setVisible(report.state in EDITABLE)
        words = tr("Checks passed")
        if stops:
            words = tr("Checks: {n}, of these stop signing: {stops}", n=len(checks), stops=stops)
        elif checks:
            words = tr("Checks: {n}, none stops signing", n=len(checks))
        link.setText(words)
        title = tr("Checks") + (f" {len(checks)}" if checks else "")
        self.tabs.setTabText(self.tabs.indexOf(self.checks), title)

    # -- links ----------------------------------------------------------------------------------------------

    def follow_link(self, link: MeasurementLink | ImageLink) -> None:
        """Show in the reading room what a link speaks of."""
        if isinstance(link, MeasurementLink):
            self.go_to_measurement(link.tracking_uid)
        else:
            self.go_to_image(link.key_id)

    def go_to_measurement(self, tracking_uid: str) -> None:
        """Show a measurement of the report on its image."""
        reported = self.controller.required.measurements
        self._go(lambda: self._annotation.show_measurement(tracking_uid, reported))

    def go_to_image(self, key_id: str) -> None:
        """Show a key image of the report."""
        reported = self.controller.required.key_images
        self._go(lambda: self._annotation.show_key_image(key_id, reported))

    def _go(self, show: Callable[[], None]) -> None:
        """To the reading room, where there is something to show there."""

        def shown() -> bool:
            show()
            return True

        if self.session.dispatcher.attempt(shown):
            self._ui.run("workspace.read")


def _evidence(report: Report) -> tuple[object, ...]:
    return (report.report_id, report.state, report.findings, report.measurements, report.key_images)
