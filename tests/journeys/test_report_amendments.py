"""What follows a signature, by mouse and key in the real window: recall, correction, addendum, editions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog

from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.domain.report import ReportState, SectionKind
from app.i18n import Language, set_language
from app.reporting.controller import ReportController
from app.reporting.service import ReportService
from tests.journeys.conftest import Driver
from tests.support.homes import StudyHome
from widgets.panels.reporting.editions_dialog import EditionsDialog
from widgets.panels.reporting.reason_dialog import ReasonDialog
from widgets.panels.reporting.report_desk import ReportDesk
from widgets.panels.reporting.sign_dialog import SignDialog

pytestmark = pytest.mark.window
_LEFT = Qt.MouseButton.LeftButton


class _Writer:
    """Who writes and signs in the report's workspace."""

    def __init__(self, driver: Driver, language: Language) -> None:
        self.driver, self._language = driver, language
        self.reports = driver.window.session.get(ReportController)

    def says(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en

    @property
    def desk(self) -> ReportDesk:
        (found,) = self.driver.window.main.findChildren(ReportDesk)
        return found

    @property
    def state(self) -> ReportState | None:
        return self.reports.report.state if self.reports.report is not None else None

    def log_in(self, role: Role) -> None:
        self.driver.run("person.log-in", *self.driver.logins[role])
        self.driver.look()

    def begin(self) -> None:
        """Open the study and its report."""
        self.driver.open_study()
        self.driver.run("report.write")
        self.driver.until(lambda: self.reports.report is not None and not self.reports.busy)
        self.driver.until(self.desk.text.isVisible)
        self.settle()

    def type(self, kind: SectionKind, words: str) -> None:
        """Replace what stands in a section."""
        editor = self.desk.text.editors[kind]
        editor.setFocus()
        editor.selectAll()
        QTest.keyClick(editor, Qt.Key.Key_Delete)
        editor.insertPlainText(words)
        self.driver.look()

    def click(self, button: QAbstractButton) -> None:
        self.driver.until(lambda: button.isVisible() and button.isEnabled())
        QTest.mouseClick(button, _LEFT)
        self.settle()

    def sign(self, button: QAbstractButton, role: Role) -> None:
        """Sign by a button, first with a wrong password."""
        self.click(button)
        (asked,) = [one for one in self._dialogs() if isinstance(one, SignDialog)]
        assert not asked.send.isEnabled()
        before = self.state
        for password in ("wrong-1", self.driver.logins[role][1]):
            assert self.state is before
            QTest.keyClicks(asked.password, password)
            QTest.keyClick(asked.password, Qt.Key.Key_Return)
            self.settle()
            if password == "wrong-1":
                self.driver.until(asked.problem.isVisible)
        self.driver.until(lambda: not self._dialogs())
        self.settle()

    def settle(self) -> None:
        self.driver.until(lambda: not self.driver.station.jobs.active and not self.reports.busy)
        self.driver.look()

    def further(self, title: str) -> None:
        """An act of the menu of what follows."""
        menu = self.desk.bar.further.menu()
        menu.aboutToShow.emit()
        action = next(one for one in menu.actions() if one.text() == title)
        assert action.isEnabled(), title
        action.trigger()
        self.driver.look()

    def reason(self, words: str) -> None:
        """Give the reason that is asked for, and go on."""
        (asked,) = [one for one in self._dialogs() if isinstance(one, ReasonDialog)]
        assert not asked.send.isEnabled()
        asked.reason.insertPlainText(words)
        self.click(asked.send)
        self.driver.until(lambda: not self._dialogs())

    def _dialogs(self) -> list[QDialog]:
        return [one for one in self.driver.window.main.findChildren(QDialog) if one.isVisible()]

    def editions(self) -> EditionsDialog:
        (shown,) = [one for one in self._dialogs() if isinstance(one, EditionsDialog)]
        self.driver.until(lambda: shown.list.count() > 0)
        self.driver.look()
        return shown


@pytest.fixture(params=["zh", "en"])
def writer(
    request: pytest.FixtureRequest, study_home: StudyHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Writer]:
    """The reporting doctor in a house that asks for the password at each signature, as houses do."""
    language: Language = request.param
    monkeypatch.delenv("YINGSHU_REPORT_ASK_PASSWORD_TO_SIGN")
    with open_station(study_home.copy_to(tmp_path / "home"), language=language) as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*study_home.logins[Role.REPORTING])
            yield _Writer(Driver(window, station, study_home.logins, study_home.study_uid), language)
        finally:
            window.close()
            set_language("zh")


def test_recalled_corrected_added_to_and_read_again(writer: _Writer) -> None:
    says, bar = writer.says, None
    writer.begin()
    bar = writer.desk.bar
    knee = says("左肺上叶见结节。半月板撕裂。", "Nodule in the left upper lobe. Meniscal tear.")
    writer.type(SectionKind.FINDINGS, knee)
    writer.type(SectionKind.IMPRESSION, says("左肺上叶结节。", "Left upper lobe nodule."))
    writer.click(bar.sign)
    (asked,) = [one for one in writer._dialogs() if isinstance(one, SignDialog)]
    assert asked.alerts is not None, "a knee on a CT of the chest"
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    writer.driver.until(lambda: not writer._dialogs())
    writer.type(SectionKind.FINDINGS, says("左肺上叶见结节。", "Nodule in the left upper lobe."))
    writer.type(SectionKind.IMPRESSION, says("左肺上叶结节。", "Left upper lobe nodule."))
    writer.sign(bar.sign, Role.REPORTING)
    assert writer.state is ReportState.SIGNED
    writer.click(bar.recall)
    assert writer.state is ReportState.DRAFT
    writer.sign(bar.sign, Role.REPORTING)
    writer.log_in(Role.REVIEWING)
    assert not bar.recall.isVisible(), "who did not write it returns it"
    writer.sign(bar.approve, Role.REVIEWING)
    assert writer.state is ReportState.FINAL

    writer.log_in(Role.REPORTING)
    writer.further(says("更正报告…", "Correct the report…"))
    writer.reason(says("侧别有误", "wrong side"))
    assert writer.state is ReportState.DRAFT
    assert says("侧别有误", "wrong side") in writer.desk.text.reading_only.text.text()
    writer.further(says("作废此草稿…", "Discard this draft…"))
    (question,) = writer._dialogs()
    take = next(
        b for b in question.findChildren(QAbstractButton) if says("作废草稿", "Discard draft") in b.text()
    )
    writer.click(take)
    assert writer.state is ReportState.FINAL

    writer.further(says("更正报告…", "Correct the report…"))
    writer.reason(says("侧别有误", "wrong side"))
    writer.type(SectionKind.FINDINGS, says("右肺上叶见结节。", "Nodule in the right upper lobe."))
    writer.type(SectionKind.IMPRESSION, says("右肺上叶结节。", "Right upper lobe nodule."))
    writer.sign(bar.sign, Role.REPORTING)
    writer.log_in(Role.REVIEWING)
    writer.sign(bar.approve, Role.REVIEWING)
    writer.further(says("补充报告…", "Add an addendum…"))
    writer.reason(says("与前片比较", "comparison"))
    writer.type(SectionKind.FINDINGS, says("与前片比较无明显变化。", "No change since the prior."))
    writer.sign(bar.sign, Role.REVIEWING)
    assert writer.state is ReportState.SIGNED

    writer.further(says("报告的各版本…", "Editions of the report…"))
    shown = writer.editions()
    told = [shown.list.item(n).text() for n in range(shown.list.count())]
    assert len(told) == 4
    assert says("更正报告 · 现行有效", "Correction · in force") in told[1]
    assert says("更正报告 · 已作废", "Correction · Discarded") in told[2]
    assert says("报告 · 已更正", "Report · Corrected") in told[3]
    shown.list.setCurrentRow(3)
    writer.driver.look()
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    service, actor = writer.driver.station.get(ReportService), writer.driver.window.session.user.actor
    (held,) = service.in_force(actor, writer.driver.study_uid)
    assert says("右肺", "right") in held.section(SectionKind.FINDINGS).plain
