"""Journeys that go through several parts of the window, in both languages: a chest beside its priors; marks
kept, taken back, saved, found again and printed; an arrangement used on another patient; two studies read and
signed by keys alone.
"""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app.domain.report import ReportState, SectionKind
from app.reading.hanging_controller import HangingController
from app.reporting.controller import ReportController
from app.viewing.links import index_of
from app.viewing.screen import SliceView, StudyRole, ViewportId
from tests.journeys.day.reader import ALT, CTRL, SHIFT, Reader
from tests.support.day_studies import AWAY_MM, CHEST, CHEST_SLICES, CHEST_STEP_MM, SPOT
from tests.support.tools import require_tool
from widgets.panels.reading.film_dialog import FilmDialog
from widgets.panels.reading.hanging_bar import KeepDialog
from widgets.panels.reporting.section_editor import SectionEditor

pytestmark = pytest.mark.window
#: the spot: slice from the head as the window counts, column and row
SPOT_INDEX, SPOT_AT = CHEST_SLICES - 1 - SPOT[0], (SPOT[2] + 0.5, SPOT[1] + 0.5)

NOT_ALONE = ("科研用途，不得单独作为诊断依据", "For research; must not be the sole basis of a diagnosis")


def _plain(text: str) -> str:
    """Without spaces; Qt writes some characters of a PDF by their radicals."""
    return unicodedata.normalize("NFKC", text).replace("⻚", "页").replace(" ", "")


def _text(pdf: Path) -> str:
    told = subprocess.run(
        [require_tool("pdftotext"), "-layout", str(pdf), "-"], capture_output=True, check=True
    )
    return _plain(told.stdout.decode())


def _chips(reader: Reader) -> set[str]:
    headers = [reader.shown(one).header for one in reader.screen.viewports]
    return {header.chips[-1].text for header in headers if header is not None}


def _places(reader: Reader) -> list[int]:
    return [index_of(one) for one in reader.screen.viewports.values()]


def _point_at_spot(reader: Reader, viewport_id: str) -> None:
    """Click the crosshair on the spot, which is on the slice that the view shows."""
    x, y = reader.shown(viewport_id).placement.to_screen(*SPOT_AT)
    reader.click_at(viewport_id, QPointF(x, y))


def _pointed_at(reader: Reader, viewport_id: str) -> tuple[float, float]:
    """Column and row of the image where a view's crosshair stands."""
    shown = reader.shown(viewport_id)
    assert shown.cross is not None
    return shown.placement.to_image(shown.cross.at)


def _banner(reader: Reader) -> list[str]:
    """Who is read, and which examination."""
    labels = reader.driver.window.main.patient.findChildren(QLabel)
    return [one.text() for one in labels if one.isVisible()][:4]


def test_a_chest_beside_its_priors(reader: Reader) -> None:
    """From the list with its prior, linked by the frame of reference: a spot that is pointed at is found in
    the prior. An older prior of another frame is set level by hand, and the same spot is found there too.
    What is written goes into the report of the study that is read, whatever view is active.
    """
    screen = reader.open("qianjin 2026-11", held=SHIFT)
    assert [v.role for v in screen.viewports.values()] == [StudyRole.CURRENT, StudyRole.PRIOR] * 2
    assert _chips(reader) == {reader.says("联动 · 同坐标系", "Linked · same frame of reference")}
    reader.wheel("1", SPOT_INDEX - _places(reader)[0])
    assert _places(reader) == [SPOT_INDEX] * 4
    reader.wheel("2", 3)
    assert _places(reader) == [SPOT_INDEX + 3] * 4
    reader.wheel("4", -3)
    reader.key(Qt.Key.Key_H)
    _point_at_spot(reader, "1")
    for viewport_id in screen.viewports:
        assert _pointed_at(reader, viewport_id) == pytest.approx(SPOT_AT, abs=0.1)
    banner = _banner(reader)

    reader.lay_out(1, 1)
    reader.press(reader.says("既往 2024-11-03 · 胸部 CT 平扫", "Prior 2024-11-03 · 胸部 CT 平扫"))
    reader.press(f"CT · chest 5 mm · {CHEST_SLICES}", reader.unfolded("2024-11-03"))
    reader.until(lambda: len(screen.viewports) == 2)
    reader.settle()
    assert [reader.shown(v).header.tag for v in screen.viewports] == [
        reader.says("本次 2026-11-21", "Current 2026-11-21"),
        reader.says("既往 2024-11-03", "Prior 2024-11-03"),
    ]
    assert _chips(reader) == {reader.says("联动 · 逐幅", "Linked · image by image")}
    assert {v.window_label for v in screen.viewports.values()} == {"Lung window"}, "as the study beside it"
    reader.wheel("2", 1, ALT)
    assert _places(reader)[1] - _places(reader)[0] == 1, "Alt moves one view alone"
    reader.key(Qt.Key.Key_J, ALT)
    away = AWAY_MM - CHEST_STEP_MM
    one, two = (f"{mm:+.1f}".replace("-", "−") for mm in (-away, away))
    assert _chips(reader) == {
        reader.says(f"联动 · 偏移 {mm} mm", f"Linked · offset {mm} mm") for mm in (one, two)
    }
    reader.wheel("2", 4)
    assert _places(reader)[1] - _places(reader)[0] == 1
    reader.wheel("1", SPOT_INDEX - _places(reader)[0])
    _point_at_spot(reader, "1")
    assert _places(reader) == [SPOT_INDEX, SPOT_INDEX + 1]
    assert _pointed_at(reader, "2") == pytest.approx(SPOT_AT, abs=0.1)

    screen.active = ViewportId("2")
    reader.key(Qt.Key.Key_3, ALT)
    reader.key(Qt.Key.Key_Return)
    reports = reader.driver.window.session.get(ReportController)
    reader.until(lambda: reports.report is not None and reports.save_state == "saved")
    assert reports.required.header.study_uid == CHEST
    assert _banner(reader) == banner
    assert reader.told() == []


def test_marks_are_kept_taken_back_saved_and_printed(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four tools; undone and done again over a change of the layout; saved; there when the study is opened
    again; on a film, whose texts are in the language of the window.
    """
    reader.open("zhangwei")
    reader.key(Qt.Key.Key_D)
    reader.drag("2", (0.4, 0.4), (40, 0))
    reader.key(Qt.Key.Key_E)
    reader.drag("2", (0.5, 0.5), (30, 20))
    reader.key(Qt.Key.Key_A)
    for place in ((0.28, 0.55), (0.3, 0.4), (0.33, 0.55)):
        reader.click("2", place)
    reader.from_button(
        reader.says("测量与标注", "Measure and annotate"), reader.says("测量矩形", "Measure rectangle")
    )
    reader.drag("1", (0.4, 0.4), (30, 30))
    drawn = [row.mark.label for row in reader.marks]
    assert drawn == ["L1", "E1", "A1", "R1"]
    reader.lay_out(1, 2)
    for left in (3, 2):
        reader.press(reader.says("撤销", "Undo"), reader.read.tools)
        assert len(reader.marks) == left
    reader.key(Qt.Key.Key_F)
    reader.key(Qt.Key.Key_Y, CTRL)
    reader.key(Qt.Key.Key_F)
    reader.key(Qt.Key.Key_Y, CTRL)
    assert [row.mark.label for row in reader.marks] == drawn
    kept = [row.mark for row in reader.marks]
    assert len(reader.shown("2").marks) == 3, "those of T2 stand on T2"
    reader.press(reader.says("保存标记与显示", "Save marks and view"))
    reader.until(lambda: any(s.modality == "PR" for s in reader.driver.window.session.study.series))

    reader.close()
    assert reader.driver.window.session.study.study is None
    reader.open("zhangwei")
    assert [row.mark for row in reader.marks] == kept
    assert [len(reader.shown(one).marks) for one in ("1", "2")] == [1, 3]
    path = tmp_path / "film.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    reader.key(Qt.Key.Key_F, CTRL | SHIFT)
    film = reader.dialog(FilmDialog)
    film.content.setFocus()
    reader.key(Qt.Key.Key_Down)
    assert film.content.currentText() == reader.says("屏幕上的各视图", "Views as they stand")
    reader.press(reader.says("存为 PDF", "Save as PDF"), film)
    reader.until(path.is_file)
    text = _text(path)
    for zh, en in (("女 58 岁", "female 58 y"), ("第 1 / 1 页", "Page 1 / 1"), NOT_ALONE):
        assert _plain(reader.says(zh, en)) in text
        assert _plain(reader.says(en, zh)) not in text
    assert "张伟" in text
    assert "t1_tse_tra" not in text, "one of four series is not the page's"
    assert reader.told() == []


def test_an_arrangement_is_used_on_another_patient(reader: Reader) -> None:
    """One view beside the other, one of them coronal and inverted, kept by the bar: so hangs the PET-CT of
    somebody else, and by the bar's menu it is removed.
    """
    screen = reader.open("zhaolei")
    hanging = reader.driver.window.session.get(HangingController)
    reader.click("1", (0.5, 0.5))
    reader.key(Qt.Key.Key_2, CTRL)
    reader.key(Qt.Key.Key_I)
    reader.key(Qt.Key.Key_3)
    name = reader.says("冠状位骨窗", "Coronal bone")
    reader.press(reader.says("存为我的挂片", "Keep as mine"))
    dialog = reader.dialog(KeepDialog)
    assert QApplication.focusWidget() is dialog.title
    dialog.title.setText(name)  # Chinese comes from an input method, not from keys
    reader.press(reader.says("保存", "Keep"), dialog)
    reader.click("2", (0.5, 0.5))
    reader.open("zhoumin")
    assert screen.active == "1", "the next study begins at its first view"
    assert QApplication.focusWidget() is reader.tile("1")
    assert hanging.match is not None
    assert reader.read.hanging.protocols.text().strip() == name
    ct, pet = screen.viewports.values()
    assert isinstance(ct.view, SliceView)
    assert (ct.view.axis, ct.invert, ct.window_label) == (1, True, "Bone window")
    assert (pet.invert, pet.window_label) == (True, "SUV 0 to 7")
    assert screen.links == (), "no parallel planes"
    reader.from_button(name, reader.says("删除此挂片", "Remove this hanging protocol"))
    reader.open("zhaolei")
    assert reader.read.hanging.protocols.text().strip() == reader.says("PET-CT", "PET and CT")
    assert reader.told() == []


def test_two_studies_are_read_and_signed_by_keys_alone(reader: Reader) -> None:
    """From the list into the images, through slices, windows and series, a key image; the report written and
    signed; on to the next study of the list, and its report: the keys never go nowhere.
    """
    session = reader.driver.window.session
    screen = reader.open("PT-", 2)
    begun = session.study.study
    first = index_of(screen.active_viewport)
    reader.key(Qt.Key.Key_Down)
    assert index_of(screen.active_viewport) == first + 1
    reader.key(Qt.Key.Key_Home)
    assert index_of(screen.active_viewport) == 0
    reader.key(Qt.Key.Key_2)
    assert screen.active_viewport.window_label == "Lung window"
    reader.key(Qt.Key.Key_K)
    reader.until(lambda: len(session.study.annotations.key_images) == 1)
    reader.key(Qt.Key.Key_F)
    assert screen.maximised == screen.active
    reader.key(Qt.Key.Key_F)
    _report(reader)
    reader.key(Qt.Key.Key_2, ALT)
    reader.key(Qt.Key.Key_Down, CTRL)
    reader.until(lambda: session.study.study not in (None, begun))
    reader.until(lambda: session.get(HangingController).match is not None)
    reader.settle()
    assert screen.active_viewport.image is not None
    _report(reader)
    reader.key(Qt.Key.Key_1, ALT)
    assert session.workspaces.current == "worklist"
    assert reader.told() == []


def _report(reader: Reader) -> None:
    """Findings and impression, signed at once by the palette."""
    reports = reader.driver.window.session.get(ReportController)
    reader.key(Qt.Key.Key_3, ALT)
    reader.key(Qt.Key.Key_Return)
    reader.until(lambda: isinstance(QApplication.focusWidget(), SectionEditor), 5)
    for words in ("Lungs clear.", "Normal."):
        QTest.keyClicks(QApplication.focusWidget(), words)
        reader.key(Qt.Key.Key_Tab)
    reader.command(reader.says("qianming", "sign and"), reader.says("签名并送审", "Sign and send to review"))
    reader.until(lambda: reports.required.state is ReportState.SIGNED)
    assert reports.required.section(SectionKind.FINDINGS).plain == "Lungs clear."
    assert reports.required.section(SectionKind.IMPRESSION).plain == "Normal."
