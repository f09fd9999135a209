"""The form of a score in the report's editor, by keys: what is filled, told and inserted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.coding import Code
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.report import MeasurementLink, SectionKind
from app.reporting.scores import SCORES, score_named
from app.reporting.scores.evidence import from_patient, sentence, sizes
from tests.reporting.report_samples import LENGTH, MM, chest_report, measurement
from tests.widgets.conftest import Room
from widgets.panels.reporting.report_desk import ReportDesk
from widgets.panels.reporting.score_dialog import ScoreDialog

pytestmark = pytest.mark.window


def two_axes(long: float = 9.04, short: float = 7.0) -> Measurement:
    """A nodule measured on both axes, in mm."""
    values = tuple(MeasuredValue(LENGTH, value, MM) for value in (long, short))
    return replace(measurement("2.25.7"), label="L1", values=values)


def test_sizes_come_from_lengths_only() -> None:
    """Longest and mean to 0.1 mm, centimetres too; an area is no size."""
    area = replace(measurement(), values=(MeasuredValue(LENGTH, 50.0, Code("mm2", "UCUM", "mm2")),))
    in_cm = measurement(value=1.25, unit=Code("cm", "UCUM", "cm"))
    found = sizes((area, in_cm, two_axes()))
    assert [(size.longest, size.mean, size.axes) for size in found] == [(12.5, 12.5, 1), (9.0, 8.0, 2)]


def test_the_header_fills_age_and_sex() -> None:
    """Whole years; nothing where the header does not say."""
    report = chest_report()
    header = replace(report.header, patient_age="064Y", patient=replace(report.header.patient, sex="M"))
    known = replace(report, header=header)
    assert from_patient(score_named("fleischner"), known) == {"age": 64.0}
    assert from_patient(score_named("pi-rads"), known) == {"sex": "M"}
    unknown = replace(header, patient_age="", patient=replace(header.patient, sex=""))
    assert [from_patient(score, replace(report, header=unknown)) for score in SCORES] == [{}] * len(SCORES)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", "Lung-RADS 4A 类（v2022），测量值 9.0 mm × 7.0 mm。"),
        ("en", "Lung-RADS category 4A (v2022), measured 9.0 mm × 7.0 mm."),
    ],
)
def test_the_sentence(language: str, said: str) -> None:
    """Name, version, category, and the measurement as a link, in the report's language."""
    given = {"exam": "complete", "kind": "solid", "change": "baseline", "size": 8}
    score = score_named("lung-rads")
    result = score.result(given | {"juxtapleural": "no", "suspicious": "no"})
    parts = sentence(score, result, language, two_axes())
    assert "".join(part.text for part in parts) == said
    assert [part.tracking_uid for part in parts if isinstance(part, MeasurementLink)] == ["2.25.7"]
    assert sentence(score, score.result({}), language) == ()


def test_a_score_is_filled_and_inserted_by_keys(room: Room) -> None:
    """The fitting score first, told what is missing until it decides; one step of undo takes it out."""
    room.open_small_study()
    report = room.open_report()
    room.commands.run("workspace.report")
    desk: ReportDesk = room.window.workspaces["report"].desk
    editor = desk.text.editors[SectionKind.IMPRESSION]
    editor.setFocus()
    before = editor.toPlainText()
    room.commands.run("report.score")
    dialog = desk.window().findChild(ScoreDialog)
    assert dialog is not None
    room.wait(dialog.isVisible)
    assert dialog.score.score_id in ("lung-rads", "fleischner")
    assert not dialog.take.isEnabled()
    dialog.choose.setFocus()
    while dialog.score.score_id != "recist":
        QTest.keyClick(dialog.choose, Qt.Key.Key_Down)
    for name, downs in (("targets", 1), ("others", 1), ("new", 1)):
        box = dialog.inputs[name].choice
        assert box is not None
        box.setFocus()
        for _ in range(downs):
            QTest.keyClick(box, Qt.Key.Key_Down)
    assert dialog.outcome.missing == ("baseline", "nadir", "now")
    assert dialog.told.text.text().count("径和") == 3
    for name, typed in (("baseline", "100"), ("nadir", "80"), ("now", "9x")):
        line = dialog.inputs[name].line
        assert line is not None
        line.setFocus()
        QTest.keyClicks(line, typed)
    assert not dialog.take.isEnabled()
    assert dialog.told.text.text().startswith("本次径和")
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    QTest.keyClicks(line, "6")
    assert dialog.outcome.category == "PD"
    QTest.keyClick(line, Qt.Key.Key_Return)
    room.wait(editor.hasFocus)
    assert editor.toPlainText().endswith("RECIST 1.1：PD，疾病进展。")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == before
    assert report.language.startswith("zh")


def test_a_chosen_measurement_fills_the_size(qtbot: object) -> None:
    """One on both axes fills a mean by itself; a single axis does so only when chosen, with a word of
    caution; what is typed over it is no longer the measurement's.
    """
    report = replace(chest_report(), measurements=(two_axes(),))
    dialog = ScoreDialog(report, None)
    qtbot.addWidget(dialog)  # type: ignore[attr-defined]
    for name, value in (("exam", "complete"), ("kind", "solid"), ("change", "baseline")):
        dialog.inputs[name].fill(value)
    assert dialog.inputs["size"].given == "8"
    for name in ("juxtapleural", "suspicious"):
        dialog.inputs[name].fill("no")
    assert dialog.outcome.category == "4A"
    assert dialog.used_measurement() == two_axes()
    line = dialog.inputs["size"].line
    assert line is not None
    line.setText("7")
    assert dialog.outcome.category == "3"
    assert dialog.used_measurement() is None
    single = ScoreDialog(replace(report, measurements=(measurement("2.25.8", 9.0),)), None)
    qtbot.addWidget(single)  # type: ignore[attr-defined]
    assert single.inputs["size"].given == ""
    single.measured.setCurrentIndex(1)
    assert single.inputs["size"].given == "9"
