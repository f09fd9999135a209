"""What was said of the priors, read beside the images of the study that is open, in a real window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.demo.written_report import written
from app.domain.study import Study
from app.reporting.controller import ReportController
from tests.support.small_study import GRID, identity, values, write_ct_series
from tests.widgets.conftest import Room
from widgets.objects.page_view import PageView
from widgets.panels.reporting.prior_report_panel import PriorReportPanel

TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"


def _earlier(room: Room, folder: Path, name: str, days: int) -> Study:
    """A study of the same patient so many days before, of three slices."""
    study, series = identity(name)
    earlier = replace(study, started_at=study.started_at - timedelta(days=days))  # type: ignore[operator]
    write_ct_series(folder / name, earlier, series, replace(GRID, shape=(3, 96, 96)), values()[:3])
    room.done(room.commands.run("study.import", [folder / name]))
    return earlier


def _text_report(path: Path, study: Study, words: str) -> Path:
    """A Basic Text SR of another house, about a study (PS3.3 A.35.1)."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = TEXT_SR, "2.25.4712", "SR"
    data.StudyInstanceUID, data.SeriesInstanceUID = study.study_uid, "2.25.4711"
    data.PatientID, data.PatientName = study.patient.patient_id, "Wang^Xiaoming"
    data.SpecificCharacterSet = "ISO_IR 192"
    data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data.ConceptNameCodeSequence = [_code("18748-4", "LN", "Diagnostic Imaging Report")]
    said = Dataset()
    said.RelationshipType, said.ValueType, said.TextValue = "CONTAINS", "TEXT", words
    said.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
    data.ContentSequence = [said]
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.save_as(path, enforce_file_format=True)
    return path


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning
    return made


def _panel(room: Room) -> PriorReportPanel:
    found = room.window.workspaces["read"].panels["prior-report"]  # type: ignore[attr-defined]
    assert isinstance(found, PriorReportPanel)
    return found


def _images(room: Room) -> QWidget:
    """The place of the images, with the focus."""
    viewer = room.window.workspaces["read"].viewer  # type: ignore[attr-defined]
    viewer.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    viewer.setFocus()
    room.wait(viewer.hasFocus)
    return viewer  # type: ignore[no-any-return]


def test_the_report_of_a_prior_stands_beside_the_images(room: Room, tmp_path: Path) -> None:
    """Alt+P shows the signed report of the latest prior that has one, marked with its date; what came with
    another prior is read too, and one without a report says so.  Study, banner and own report stay.
    """
    signed = _earlier(room, tmp_path, "signed", 200)
    foreign = _earlier(room, tmp_path, "foreign", 100)
    silent = _earlier(room, tmp_path, "silent", 50)
    room.done(room.commands.run("study.import", [_text_report(tmp_path / "sr.dcm", foreign, "右肺结节")]))
    room.done(room.commands.run("study.open", signed.study_uid))
    room.done(room.commands.run("report.save", written(room.open_report(), {})))
    room.done(room.commands.run("report.sign"))
    room.open_small_study(of=4)
    room.commands.run("workspace.read")
    open_before, report_before = room.session.study.study, room.session.get(ReportController).report
    banner = room.window.patient.name.text()

    QTest.keyClick(_images(room), Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    page = _panel(room).page
    room.wait(lambda: page.isVisible() and page.choice.count() == 3)
    room.wait(lambda: isinstance(page.content, PageView))
    assert page.choice.currentText().startswith(f"{foreign.started_at:%Y-%m-%d}")
    assert "右肺结节" in page.content.toPlainText()  # type: ignore[union-attr]

    room.commands.run("report.prior", signed.study_uid)
    text = page.content.toPlainText()  # type: ignore[union-attr]
    assert text.startswith(f"既往 {signed.started_at:%Y-%m-%d}")
    assert "影像所见" in text
    assert page.content.isReadOnly()  # type: ignore[union-attr]
    assert "演示甲" in page.state.text()
    assert not page.warning.isVisible()

    room.commands.run("report.prior", silent.study_uid)
    assert (page.state.text(), page.content) == ("该检查没有报告。", None)
    assert room.session.study.study is open_before
    assert room.session.get(ReportController).report is report_before
    assert room.window.patient.name.text() == banner
    QTest.keyClick(page.choice, Qt.Key.Key_Escape)
    assert room.session.panels.current == ""
    assert not page.isVisible(), "back to what was there before"


def test_the_banner_leads_to_the_report_and_says_where_there_is_no_prior(room: Room, tmp_path: Path) -> None:
    """A click on what the banner says of priors; without priors the tab says so and the key does nothing."""
    room.open_small_study()
    room.commands.run("workspace.read")
    assert not room.commands.get("report.prior").enabled()
    room.session.panels.show("prior-report")
    page = _panel(room).page
    assert page.state.text() == "该患者没有其他检查。"
    room.session.panels.close()
    earlier = _earlier(room, tmp_path, "earlier", 30)
    room.done(room.commands.run("study.open", room.study.study_uid))
    room.wait(lambda: room.window.patient.priors.isVisible())
    QTest.mouseClick(room.window.patient.priors, Qt.MouseButton.LeftButton)
    room.wait(lambda: page.isVisible() and page.choice.count() == 1)
    assert page.choice.currentText().startswith(f"{earlier.started_at:%Y-%m-%d}")
