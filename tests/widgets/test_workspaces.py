"""Worklist, reading, report: what a person does in them, in a real window over a real station."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from shiboken6 import isValid

from app.analysis.settings import AnalysisSettings
from app.archive.settings import StorageSettings
from app.directory.settings import DirectorySettings
from app.domain.report import Chip, MeasurementLink, ReportState, SectionKind
from app.domain.worklist import Stage
from app.errors import Refused
from app.jobs import Job, JobState
from app.reading.controller import ReadingController
from app.reading.settings import ReadingSettings
from app.reporting.controller import ReportController
from app.reporting.service import ReportService
from app.reporting.settings import ReportSettings
from app.session.pending_edits import SaveState
from app.settings import Appearance, SettingsGroup
from tests.support.screen import draw, go_to_slice, shown_index
from tests.widgets.conftest import PASSWORD, Room
from widgets.notices import NoticeBox
from widgets.panels.analysis.figures_grid import number_text, paired
from widgets.panels.reporting.pdf_preview import PdfPreview
from widgets.shell.crash import install_exception_hook
from widgets.shell.login import LoginDialog
from widgets.shell.palette import spellings
from widgets.shell.safety import SafetyNotice
from widgets.shell.settings_dialog import SettingsDialog

pytestmark = pytest.mark.window


def draw_length(room: Room) -> str:
    """Draw a length through the middle of the volume; its tracking UID."""
    grid = room.session.screen.volume.grid  # type: ignore[union-attr]
    middle = grid.shape[0] // 2
    draw(room.session.screen, [grid.to_lps([middle, 40, c]) for c in (30, 50)])
    return room.session.study.annotations.measurements[-1].tracking_uid


def test_the_search_finds_by_what_people_type(room: Room) -> None:
    """Examination, date, number, modality with body part, name, pinyin, initials; all words must fit (DB13/T
    3.1.1).
    """
    room.open_small_study()
    room.commands.run("workspace.worklist")
    worklist, name = room.window.workspaces["worklist"], room.study.patient.display_name
    for typed in ("", "胸部", "2026-11-18", "ct chest", "ACC", *spellings(name)[:3]):
        worklist.search_line.setText("不存在的词")
        room.wait(lambda: worklist.model.rowCount() == 0 and worklist.no_hit.isVisible())
        worklist.search_line.setText(typed)
        room.wait(lambda: worklist.model.rowCount() == 1)
        room.wait(lambda: worklist.model.row(0) is not None)  # rows are read behind
        assert worklist.model.row(0).study.study_uid == room.study.study_uid
        assert not worklist.no_hit.isVisible()


def test_filters_follow_the_report(room: Room) -> None:
    """待读 → 待审核 → 已完成 as the report goes on."""
    room.open_small_study()
    worklist = room.window.workspaces["worklist"]
    stages = worklist.filters.stages
    room.wait(lambda: stages[Stage.TO_READ].text().endswith("1"))
    assert stages[Stage.DONE].text().endswith("0")
    room.commands.run("workspace.worklist")
    stages[Stage.DONE].click()
    room.wait(lambda: worklist.model.rowCount() == 0)


def test_enter_opens_the_chosen_study(room: Room) -> None:
    """Keyboard alone: arrows choose, Enter opens."""
    room.done(room.window.workspaces["worklist"].import_paths([room.files]))
    room.wait(lambda: room.window.workspaces["worklist"].table.currentIndex().isValid())
    room.window.workspaces["worklist"].table.setFocus()
    room.bot.keyClick(room.window.workspaces["worklist"].table, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    room.wait(lambda: room.session.workspaces.current == "read" and room.session.study.study is not None)
    assert room.window.patient.name.whole() == room.study.patient.display_name


def test_a_measurement_is_listed_renamed_and_deleted(room: Room) -> None:
    """The list follows the drawing; renaming and deleting can be undone, and the buttons say what it is."""
    room.open_small_study()
    uid = draw_length(room)
    panel = room.window.workspaces["read"].panels["measurements"]
    marks = panel.table.marks
    assert marks.rowCount() == 1
    assert marks.setData(marks.index(0, 0), "结节 1")
    assert room.session.study.annotations.measurement(uid).label == "结节 1"  # type: ignore[union-attr]
    (_, undo), (_, redo) = (
        room.window.workspaces["read"].tools.buttons[f"history.{step}"] for step in ("undo", "redo")
    )
    room.wait(lambda: undo.toolTip() == "撤销 · 修改测量  Ctrl+Z")
    room.session.study.annotations.remove(uid)
    assert marks.rowCount() == 0
    room.wait(lambda: undo.toolTip() == "撤销 · 删除测量  Ctrl+Z")
    room.commands.run("history.undo")
    assert marks.rowCount() == 1
    room.wait(lambda: undo.toolTip() == "撤销 · 修改测量  Ctrl+Z")
    assert redo.toolTip() == "重做 · 删除测量  Ctrl+Y"


def test_writing_saves_itself_and_comes_back(room: Room) -> None:
    """Autosave within two seconds; opening again shows chips and links alive (DB13/T 3.3.3)."""
    room.open_small_study()
    uid = draw_length(room)
    room.open_report()
    room.commands.run("workspace.report")
    report = room.window.workspaces["report"]
    editor = report.desk.text.editors[SectionKind.FINDINGS]
    editor.selectAll()
    editor.insert_inlines([])
    editor.setFocus()
    room.bot.keyClicks(editor, "CT ")  # type: ignore[attr-defined]
    term = room.session.station.terms.search("结节")[0].term
    report.desk.text.focused = editor
    report.desk.text.take_term(term)
    report.desk.evidence.measurements.cards[0].insert()
    reports = room.session.get(ReportController)
    room.wait(lambda: not report.desk.text.dirty and reports.save_state is SaveState.SAVED, 5000)
    kept = room.session.station.get(ReportService).find(room.session.user.actor, room.study.study_uid)
    assert kept is not None
    content = kept.section(SectionKind.FINDINGS).content
    assert any(isinstance(p, Chip) and p.code.value == term.rid for p in content)
    assert any(getattr(p, "tracking_uid", "") == uid for p in content)
    room.session.get(ReadingController).close_study()
    room.window.workspaces["worklist"].open_study(room.study.study_uid)
    room.wait(
        lambda: (
            SectionKind.FINDINGS in report.desk.text.editors
            and report.desk.text.editors[SectionKind.FINDINGS].content() == content
        )
    )


def test_the_picker_inserts_by_pinyin(room: Room) -> None:
    """/ opens the picker, pinyin finds, Enter inserts a coded chip."""
    room.open_small_study()
    room.open_report()
    room.commands.run("workspace.report")
    report = room.window.workspaces["report"]
    editor = report.desk.text.editors[SectionKind.IMPRESSION]
    editor.setFocus()
    room.bot.keyClicks(editor, "/")  # type: ignore[attr-defined]
    room.wait(report.desk.text.picker.isVisible)
    room.bot.keyClicks(report.desk.text.picker.line, "jiejie")  # type: ignore[attr-defined]
    assert report.desk.text.picker.model.rowCount() > 0
    first = report.desk.text.picker.model.rows[0]
    room.bot.keyClick(report.desk.text.picker.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert any(isinstance(p, Chip) and p.code.value == first.rid for p in editor.content())


def test_a_signed_report_is_frozen(room: Room, tmp_path: Path) -> None:
    """Signing freezes: the editors are read only, the buttons become those of the reviewer; the page is shown
    and printed.
    """
    room.open_small_study()
    uid = draw_length(room)
    room.open_report()
    room.commands.run("workspace.report")
    report = room.window.workspaces["report"]
    assert "管电压 120 kV" in report.desk.text.editors[SectionKind.TECHNIQUE].toPlainText()
    for kind, text in ((SectionKind.FINDINGS, "双肺未见异常。"), (SectionKind.IMPRESSION, "双肺未见异常。")):
        editor = report.desk.text.editors[kind]
        editor.selectAll()
        editor.insertPlainText(text)
    report.flush()
    assert [c.template for c in room.session.get(ReportController).check() if c.severity == "prohibit"] == []
    room.wait(report.desk.bar.sign.isEnabled)
    report.desk.bar.sign.click()
    room.wait(lambda: room.session.get(ReportController).required.state is ReportState.SIGNED)
    assert all(editor.isReadOnly() for editor in report.desk.text.editors.values())
    history = report.desk.evidence.history
    room.wait(lambda: "签名与报告内容相符。" in [found.text() for found in history.findChildren(QLabel)])
    forged = replace(
        room.session.get(ReportController).report,
        signatures=(replace(room.session.get(ReportController).report.signatures[0], person_name="另一人"),),
    )
    history.show_report(forged)
    told = "另一人 的签名无效：签名人、角色、时间、密钥、摘要或顺序与签名时不一致。"
    room.wait(lambda: told in [found.text() for found in history.findChildren(QLabel)])
    assert report.desk.bar.approve.isVisible()
    assert not report.desk.bar.sign.isVisible()
    assert uid in {m.tracking_uid for m in room.session.get(ReportController).report.measurements}
    layer, screen = room.session.study.annotations, room.session.screen
    place = shown_index(screen)
    with pytest.raises(Refused):
        layer.remove(uid)
    go_to_slice(screen, 0.0)
    report.desk.evidence.follow_link(MeasurementLink("x", uid))
    assert shown_index(screen) == pytest.approx(place, abs=1), "a signed report's links lead to what stays"
    assert room.session.workspaces.current == "read"
    room.commands.run("workspace.report")
    told = len(room.session.station.notifications.rows)
    report.desk.evidence.follow_link(MeasurementLink("x", "gone"))
    assert len(room.session.station.notifications.rows) == told + 1
    assert room.session.workspaces.current == "report", "a link to nothing leads nowhere"
    report.desk.bar.open_preview()
    assert not report.desk.bar.preview.isEnabled()
    room.wait(lambda: room.window.findChild(PdfPreview) is not None)
    preview = room.window.findChild(PdfPreview)
    assert report.desk.bar.preview.isEnabled()
    page = preview.pages[0]
    assert page.height() / page.width() == pytest.approx(297 / 210, abs=0.01)
    assert len({page.pixel(x, page.height() // 10) for x in range(page.width())}) > 2
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    preview.print_to(printer)
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    preview.close()
    room.done(room.commands.run("report.return", "请补充侧别"))
    assert "请补充侧别" in report.desk.bar.signatures.whole()
    assert not report.desk.text.editors[SectionKind.FINDINGS].isReadOnly()


def test_settings_go_round(room: Room) -> None:
    """What is set in the dialog is what the station reads; a wrong value is named and nothing is stored."""
    dialog = SettingsDialog(room.window.ui, room.window)
    editors = {e.name: e for e in dialog.page(AnalysisSettings).editors}
    editors["memory_gib"].widget.setValue(3.5)  # type: ignore[attr-defined]
    names = {e.name: e for e in dialog.page(ReportSettings).editors}
    names["hospital_name"].widget.setText("清苑区人民医院")  # type: ignore[attr-defined]
    dialog.save()
    room.wait(lambda: not isValid(dialog))
    store = room.session.station.settings
    assert store.get(AnalysisSettings).memory_gib == 3.5
    assert store.get(ReportSettings).hospital_name == "清苑区人民医院"
    wrong = SettingsDialog(room.window.ui, room.window)
    editor = next(e for e in wrong.page(DirectorySettings).editors if e.name == "county_url")
    editor.widget.setText("ftp://x")  # type: ignore[attr-defined]
    wrong.save()
    assert wrong.problem.text.text() == f"“{editor.title}”：地址须以 http:// 或 https:// 开头"
    assert store.get(DirectorySettings).county_url == ""
    wrong.reject()


def test_settings_of_the_mouse_are_in_force_at_once(room: Room) -> None:
    """A reader who changes what the left button and the wheel do need not start the program anew."""
    dialog = SettingsDialog(room.window.ui, room.window)
    editors = {e.name: e.widget for e in dialog.page(ReadingSettings).editors}
    for name, value in (("left_drag", "scroll"), ("wheel_direction", "down-previous")):
        box = editors[name]
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findData(value))
    dialog.save()
    room.wait(lambda: not isValid(dialog))
    screen = room.session.screen
    assert (screen.tool, screen.wheel_down_next) == ("scroll", False)


def test_settings_that_wait_for_the_next_start_are_named(room: Room) -> None:
    """Bounds of processes and the store of images, language and colours; what is in force at once is not."""
    dialog = SettingsDialog(room.window.ui, room.window)

    def notices(model: type[SettingsGroup]) -> str:
        return " ".join(box.text.text() for box in dialog.page(model).findChildren(NoticeBox))

    assert "下次启动" in notices(StorageSettings)
    assert "下次启动" in notices(Appearance)
    assert "分析方法的内存上限" in notices(AnalysisSettings)
    assert notices(ReadingSettings) == ""
    dialog.reject()


def test_pictures_of_what_is_no_longer_selected_are_not_made(room: Room) -> None:
    """Arrow keys through a long list: only the study that stays selected has its pictures made, and nothing
    waits for the others.
    """
    room.open_small_study()
    row, preview, jobs = (
        room.window.workspaces["worklist"].chosen(),
        room.window.workspaces["worklist"].preview,
        room.session.station.jobs,
    )
    assert row is not None
    gate, seen = threading.Event(), list[Job[object]]()
    jobs.submit_behind("", lambda *, progress, cancelled: gate.wait(10))
    jobs.submitted.connect(seen.append)
    try:
        preview.show_row(row)
        preview.show_row(row)
    finally:
        jobs.submitted.disconnect(seen.append)
        gate.set()
    room.wait(lambda: all(job.ended for job in seen))
    assert [job.state for job in seen] == [JobState.CANCELLED, JobState.DONE]


def test_login_says_why_not(make_room) -> None:  # type: ignore[no-untyped-def]
    """A wrong password is told; the right one sits the person down."""
    room = make_room(log_in=False)
    dialog = LoginDialog(room.window.ui, (), room.window)
    dialog.try_login("doctor", "wrong-password")
    assert not dialog.enter.isEnabled(), "once at a time"
    room.wait(lambda: not dialog.problem.isHidden())
    assert not room.session.user.is_logged_in
    assert dialog.enter.isEnabled()
    dialog.try_login("doctor", PASSWORD)
    room.wait(lambda: room.session.user.is_logged_in)
    assert room.window.rail.person.text().startswith("演示甲")


def test_the_safety_notice_is_shown_once(room: Room) -> None:
    """The notice of first use is remembered once it was read."""
    memory = room.window._memory
    assert memory is not None
    memory.remove("safety/accepted-at")
    assert not SafetyNotice.was_read(memory)
    SafetyNotice(memory, room.window)._accept()
    assert SafetyNotice.was_read(memory)


def test_a_defect_is_told_and_the_edit_saved(room: Room, qapp: QApplication) -> None:
    """Anything uncaught is a defect: logged, told, drafts safe."""
    flushed: list[bool] = []
    remove = install_exception_hook(room.session, flush=lambda: flushed.append(True), show=False)
    try:
        error = ZeroDivisionError("x")
        sys.excepthook(ZeroDivisionError, error, None)
        room.wait(lambda: bool(flushed))
    finally:
        remove()
    assert any("ZeroDivisionError" in n.message for n in room.session.station.notifications.rows)


def test_figures_come_in_pairs() -> None:
    """Noise before and after share a row; other figures stand alone; units are those of people."""
    rows = paired(
        [
            ("noise before", 28.64, "[hnsf'U]"),
            ("noise after", 11.9, "[hnsf'U]"),
            ("lung volume", 4820.0, "ml"),
        ]
    )
    assert [(before, after) for _, before, after in rows] == [("28.6 HU", "11.9 HU"), ("", "4.82 L")]
    assert number_text(-0.31, "HU") == "−0.31 HU"


def test_a_finding_is_added_to_the_report(room: Room) -> None:
    """A coded finding with its evidence is stored in the report."""
    from widgets.panels.reporting.finding_dialog import FindingDialog

    room.open_small_study()
    uid = draw_length(room)
    report = room.open_report()
    dialog = FindingDialog(room.window.ui, report, None, room.window)
    dialog.take()
    assert not dialog.problem.isHidden()
    dialog.open()
    dialog.term.button.setFocus()
    room.bot.keyClick(dialog.term.button, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    room.bot.keyClicks(dialog.term.picker.line, "fjj")  # type: ignore[attr-defined]
    room.bot.keyClick(dialog.term.picker.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert dialog.term.code is not None
    assert dialog.term.code.value == "RID50149", "by keys alone: initials, Enter"
    room.wait(dialog.term.button.hasFocus)
    room.bot.keyClick(dialog.term.button, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    room.bot.keyClick(dialog.term.picker.line, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
    room.wait(dialog.term.button.hasFocus)
    assert dialog.isVisible(), "Escape closes the picker, not the dialog"
    dialog.term.take(room.session.station.terms.search("结节")[0].term.code)
    dialog.evidence.item(0).setCheckState(Qt.CheckState.Checked)
    made: list[object] = []
    dialog.done_with.connect(made.append)
    dialog.take()
    room.window.workspaces["report"].desk.evidence.findings.changed.emit((made[0],))
    assert room.session.get(ReportController).report is not None
    assert room.session.get(ReportController).report.findings[0].measurements == (uid,)
    assert replace(room.session.get(ReportController).report.findings[0]) == made[0]
