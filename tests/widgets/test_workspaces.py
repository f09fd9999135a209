"""Worklist, reading, report: what a person does in them, in a real window over a real station."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QLabel

from app.domain.report import Chip, MeasurementLink, ReportState, SectionKind
from app.domain.roi import RoiKind
from app.jobs import Job, JobState
from app.settings import AnalysisSettings, DirectorySettings, ReportSettings
from app.viewing.state import Drawn, Plane
from tests.widgets.conftest import PASSWORD, Room
from widgets.ai_panel import number_text, paired
from widgets.crash import install_exception_hook
from widgets.login import LoginDialog
from widgets.palette import spellings
from widgets.pdf_preview import PdfPreview
from widgets.safety import SafetyNotice
from widgets.settings_dialog import SettingsDialog
from widgets.study_table import Column, Pile

pytestmark = pytest.mark.window


def draw_length(room: Room) -> str:
    """Draw a length through the middle of the volume; its tracking UID."""
    grid = room.desk.screen.volume.grid  # type: ignore[union-attr]
    middle = grid.shape[0] // 2
    points = tuple(tuple(float(v) for v in grid.to_lps([middle, 40, c])) for c in (30, 50))
    room.desk.screen.drawn.emit(Drawn(RoiKind.LENGTH, points, Plane.AXIAL, float(middle)))  # type: ignore[arg-type]
    return room.desk.reading.annotations.measurements[-1].tracking_uid


def test_the_search_finds_by_what_people_type(room: Room) -> None:
    """Examination, date, number, modality with body part, name, pinyin, initials; all words must fit (DB13/T 3.1.1)."""
    room.open_small_study()
    room.commands.run("workspace.worklist")
    name = room.study.patient.display_name
    for typed in ("", "胸部", "2026-11-18", "ct chest", "ACC", *spellings(name)[:3]):
        room.window.worklist.search_line.setText(typed)
        assert room.window.worklist.shown.rowCount() == 1, typed
    room.window.worklist.search_line.setText("不存在的词")
    assert room.window.worklist.shown.rowCount() == 0
    assert room.window.worklist.no_hit.isVisible()


def test_piles_follow_the_report(room: Room) -> None:
    """待读 → 待审核 → 已完成 as the report goes on."""
    room.open_small_study()
    worklist = room.window.worklist
    assert worklist.chips[Pile.TO_READ].text().endswith("1")
    assert worklist.chips[Pile.DONE].text().endswith("0")
    worklist.chips[Pile.DONE].click()
    assert worklist.shown.rowCount() == 0


def test_enter_opens_the_chosen_study(room: Room) -> None:
    """Keyboard alone: arrows choose, Enter opens."""
    room.done(room.window.worklist.import_paths([room.files]))
    room.wait(lambda: room.window.worklist.table.currentIndex().isValid())
    room.window.worklist.table.setFocus()
    room.bot.keyClick(room.window.worklist.table, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    room.wait(lambda: room.desk.workspace == "read" and room.desk.reading.study is not None)
    assert room.window.patient.name.whole() == room.study.patient.display_name
    assert Column.PATIENT in list(Column)


def test_a_measurement_is_listed_renamed_and_deleted(room: Room) -> None:
    """The list follows the drawing; renaming and deleting can be undone."""
    room.open_small_study()
    uid = draw_length(room)
    panel = room.window.read.measurements
    assert len(panel.cards) == 1
    panel.cards[0].name.setText("结节 1")
    panel.cards[0].name.editingFinished.emit()
    assert room.desk.reading.annotations.measurement(uid).label == "结节 1"  # type: ignore[union-attr]
    room.desk.reading.annotations.remove(uid)
    assert panel.cards == []
    room.commands.run("history.undo")
    assert len(panel.cards) == 1


def test_writing_saves_itself_and_comes_back(room: Room) -> None:
    """Autosave within two seconds; opening again shows chips and links alive (DB13/T 3.3.3)."""
    room.open_small_study()
    uid = draw_length(room)
    room.commands.run("report.open")
    room.commands.run("workspace.report")
    report = room.window.report
    editor = report.editors[SectionKind.FINDINGS]
    editor.selectAll()
    editor.insert_inlines([])
    editor.setFocus()
    room.bot.keyClicks(editor, "CT ")  # type: ignore[attr-defined]
    term = room.desk.station.terms.search("结节")[0].term
    report._focused = editor
    report._term_chosen(term)
    report.measurements.cards[0].insert()
    room.wait(lambda: not report._dirty, 2500)
    kept = room.desk.station.reports.find(room.desk.actor, room.study.study_uid)
    assert kept is not None
    content = kept.section(SectionKind.FINDINGS).content
    assert any(isinstance(p, Chip) and p.code.value == term.rid for p in content)
    assert any(getattr(p, "tracking_uid", "") == uid for p in content)
    room.desk.close_study()
    room.window.worklist.open_study(room.study.study_uid)
    room.wait(lambda: SectionKind.FINDINGS in report.editors and report.editors[SectionKind.FINDINGS].content() == content)


def test_the_picker_inserts_by_pinyin(room: Room) -> None:
    """/ opens the picker, pinyin finds, Enter inserts a coded chip."""
    room.open_small_study()
    room.commands.run("report.open")
    room.commands.run("workspace.report")
    report = room.window.report
    editor = report.editors[SectionKind.IMPRESSION]
    editor.setFocus()
    room.bot.keyClicks(editor, "/")  # type: ignore[attr-defined]
    room.wait(report.picker.isVisible)
    room.bot.keyClicks(report.picker.line, "jiejie")  # type: ignore[attr-defined]
    assert report.picker.model.rowCount() > 0
    first = report.picker.model.rows[0]
    room.bot.keyClick(report.picker.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert any(isinstance(p, Chip) and p.code.value == first.rid for p in editor.content())


def test_a_signed_report_is_frozen(room: Room, tmp_path: Path) -> None:
    """Signing freezes: the editors are read only, the buttons become those of the reviewer; the page is shown and printed."""
    room.open_small_study()
    uid = draw_length(room)
    room.commands.run("report.open")
    room.commands.run("workspace.report")
    report = room.window.report
    assert "管电压 120 kV" in report.editors[SectionKind.TECHNIQUE].toPlainText()
    for kind, text in ((SectionKind.FINDINGS, "双肺未见异常。"), (SectionKind.IMPRESSION, "双肺未见异常。")):
        editor = report.editors[kind]
        editor.selectAll()
        editor.insertPlainText(text)
    report.flush()
    assert [c.template for c in room.desk.check_report() if c.severity == "prohibit"] == []
    room.wait(report.sign.isEnabled)
    report.sign.click()
    assert room.desk.report is not None
    assert room.desk.report.state is ReportState.SIGNED
    assert all(editor.isReadOnly() for editor in report.editors.values())
    assert "签名与报告内容相符。" in [found.text() for found in report.history.findChildren(QLabel)]
    forged = replace(room.desk.report, signatures=(replace(room.desk.report.signatures[0], person_name="另一人"),))
    report.history.show_report(forged)
    assert "另一人 的签名与报告内容不符。" in [found.text() for found in report.history.findChildren(QLabel)]
    assert report.approve.isVisible()
    assert not report.sign.isVisible()
    assert uid in {m.tracking_uid for m in room.desk.report.measurements}
    layer, viewport = room.desk.reading.annotations, room.desk.screen.viewport(Plane.AXIAL)
    place = layer.measurements[0].anchor.plane[1]
    layer.remove(uid)
    viewport.index = 0.0
    report.follow_link(MeasurementLink("x", uid))
    assert viewport.index == pytest.approx(place, abs=1), "a signed report's links outlive what is deleted from the images later"
    assert room.desk.workspace == "read"
    room.commands.run("workspace.report")
    told = len(room.desk.station.notifications.rows)
    report.follow_link(MeasurementLink("x", "gone"))
    assert len(room.desk.station.notifications.rows) == told + 1
    assert room.desk.workspace == "report", "a link to nothing leads nowhere"
    report.open_preview()
    assert not report.preview.isEnabled()
    room.wait(lambda: room.window.findChild(PdfPreview) is not None)
    preview = room.window.findChild(PdfPreview)
    assert report.preview.isEnabled()
    page = preview.pages[0]
    assert page.height() / page.width() == pytest.approx(297 / 210, abs=0.01)
    assert len({page.pixel(x, page.height() // 10) for x in range(page.width())}) > 2
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    preview.print_to(printer)
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    preview.close()
    room.commands.run("report.return", "请补充侧别")
    assert "请补充侧别" in report.signatures.whole()
    assert not report.editors[SectionKind.FINDINGS].isReadOnly()


def test_settings_go_round(room: Room) -> None:
    """What is set in the dialog is what the station reads; a wrong value is named and nothing is stored."""
    dialog = SettingsDialog(room.window.acts, room.window)
    editors = {e.name: e for e in dialog.page(AnalysisSettings).editors}
    editors["memory_gib"].widget.setValue(3.5)  # type: ignore[attr-defined]
    names = {e.name: e for e in dialog.page(ReportSettings).editors}
    names["hospital_name"].widget.setText("清苑区人民医院")  # type: ignore[attr-defined]
    dialog.save()
    store = room.desk.station.settings
    assert store.get(AnalysisSettings).memory_gib == 3.5
    assert store.get(ReportSettings).hospital_name == "清苑区人民医院"
    wrong = SettingsDialog(room.window.acts, room.window)
    editor = next(e for e in wrong.page(DirectorySettings).editors if e.name == "county_url")
    editor.widget.setText("ftp://x")  # type: ignore[attr-defined]
    wrong.save()
    assert wrong.problem.text.text() == f"“{editor.title}”：地址须以 http:// 或 https:// 开头"
    assert store.get(DirectorySettings).county_url == ""
    wrong.reject()


def test_pictures_of_what_is_no_longer_selected_are_not_made(room: Room) -> None:
    """Arrow keys through a long list: only the study that stays selected has its pictures made, and nothing waits for the others."""
    room.open_small_study()
    row, preview, jobs = room.window.worklist.chosen(), room.window.worklist.preview, room.desk.station.jobs
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
    dialog = LoginDialog(room.window.acts, (), room.window)
    dialog.try_login("doctor", "wrong-password")
    assert not dialog.enter.isEnabled(), "once at a time"
    room.wait(lambda: not dialog.problem.isHidden())
    assert not room.desk.has_actor
    assert dialog.enter.isEnabled()
    dialog.try_login("doctor", PASSWORD)
    room.wait(lambda: room.desk.has_actor)
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
    remove = install_exception_hook(room.desk, flush=lambda: flushed.append(True), show=False)
    try:
        error = ZeroDivisionError("x")
        sys.excepthook(ZeroDivisionError, error, None)
        room.wait(lambda: bool(flushed))
    finally:
        remove()
    assert any("ZeroDivisionError" in n.message for n in room.desk.station.notifications.rows)


def test_figures_come_in_pairs() -> None:
    """Noise before and after share a row; other figures stand alone; units are those of people."""
    rows = paired([("noise before", 28.64, "[hnsf'U]"), ("noise after", 11.9, "[hnsf'U]"), ("lung volume", 4820.0, "ml")])
    assert [(before, after) for _, before, after in rows] == [("28.6 HU", "11.9 HU"), ("", "4.82 L")]
    assert number_text(-0.31, "HU") == "−0.31 HU"


def test_a_finding_is_added_to_the_report(room: Room) -> None:
    """A coded finding with its evidence is stored in the report."""
    from widgets.evidence import FindingDialog

    room.open_small_study()
    uid = draw_length(room)
    report = room.commands.run("report.open")
    dialog = FindingDialog(room.window.acts, report, None, room.window)
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
    dialog.term.take(room.desk.station.terms.search("结节")[0].term.code)
    dialog.evidence.item(0).setCheckState(Qt.CheckState.Checked)
    made: list[object] = []
    dialog.done_with.connect(made.append)
    dialog.take()
    room.window.report.findings.changed.emit((made[0],))
    assert room.desk.report is not None
    assert room.desk.report.findings[0].measurements == (uid,)
    assert replace(room.desk.report.findings[0]) == made[0]
