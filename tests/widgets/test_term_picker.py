"""The term picker in a real window, by keys: near hits, tabs, hierarchy, region, favourites, recents."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.domain.report import Chip, SectionKind
from app.vocabulary.controller import VocabularyController
from tests.vocabulary.releases import owl_old
from tests.widgets.conftest import Room
from widgets.panels.reporting.finding_dialog import FindingDialog
from widgets.panels.reporting.term_picker import TermPicker
from widgets.panels.reporting.vocabulary_dialog import VocabularyDialog

pytestmark = pytest.mark.window
KEY, CONTROL, ALT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def picker(room: Room) -> TermPicker:
    """The picker of the report's impression, open."""
    room.open_small_study()
    room.open_report()
    room.commands.run("workspace.report")
    text = room.window.workspaces["report"].desk.text
    text.editors[SectionKind.IMPRESSION].setFocus()
    text.ask_term()
    room.wait(text.picker.isVisible)
    return text.picker  # type: ignore[no-any-return]


def _names(picker: TermPicker) -> list[str]:
    return [term.name for term in picker.model.rows]


def test_a_near_hit_is_inserted_only_when_it_is_chosen(room: Room, picker: TermPicker) -> None:
    """3.3.3.1: what has no right concept is told so; Enter alone inserts nothing."""
    editor = room.window.workspaces["report"].desk.text.editors[SectionKind.IMPRESSION]
    before = editor.content()
    picker.line.setText("肝囊肿")
    assert _names(picker) == ["cyst"]
    assert picker.model.lines[0].near
    assert "肝囊肿" in picker.hint.whole()
    QTest.keyClick(picker.line, KEY.Key_Return)
    assert picker.isVisible()
    assert editor.content() == before
    picker.line.clear()
    picker.line.setText("肺炎")
    assert picker.table.currentIndex().row() == 0
    picker.line.setText("急性阑尾炎")
    QTest.keyClick(picker.line, KEY.Key_Down)
    QTest.keyClick(picker.line, KEY.Key_Return)
    assert [part.code.meaning for part in editor.content() if isinstance(part, Chip)][-1:] == ["appendicitis"]
    assert not picker.isVisible()


def test_one_finds_ones_own_terms_again(room: Room, picker: TermPicker) -> None:
    """Terms that were taken stand in the list before anything is typed; marked ones stay marked after
    logging in again.
    """
    own = room.session.get(VocabularyController)
    picker.line.setText("肺炎")
    QTest.keyClick(picker.line, KEY.Key_D, CONTROL)
    assert [term.name for term in own.favourites()] == ["pneumonia"]
    QTest.keyClick(picker.line, KEY.Key_Return)
    text = room.window.workspaces["report"].desk.text
    for typed in ("结节", "肺癌"):
        text.ask_term()
        room.wait(picker.isVisible)
        picker.line.setText(typed)
        QTest.keyClick(picker.line, KEY.Key_Return)
    text.ask_term()
    room.wait(picker.isVisible)
    assert _names(picker) == ["pneumonia", "lung cancer", "nodule"]
    assert picker.table.currentIndex().row() == -1
    QTest.keyClick(picker.line, KEY.Key_PageDown, CONTROL)
    assert (picker.kind, _names(picker)) == ("recent", ["lung cancer", "nodule", "pneumonia"])
    picker.line.setText("肺")
    assert set(_names(picker)) <= {"lung cancer", "nodule", "pneumonia"}
    QTest.keyClick(picker.line, KEY.Key_PageDown, CONTROL)
    assert (picker.kind, _names(picker)) == ("favourites", ["pneumonia"])
    room.session.edits.about_to_close.emit()
    room.wait(lambda: len(room.session.documents.read("terms").get("recent", [])) == 3)
    again = VocabularyController(room.session)
    assert [term.name for term in again.recent()] == ["lung cancer", "nodule", "pneumonia"]
    assert not again.mark(again.favourites()[0])
    assert again.favourites() == []


def test_branches_regions_and_the_hierarchy(room: Room, picker: TermPicker) -> None:
    """Tabs keep to a branch, the region leaves others out, Alt and arrows go down and up."""
    index = picker._kinds.index("RID3")
    picker.tabs.setCurrentIndex(index)
    assert picker.model.rowCount() > 5
    picker.line.setText("肺")
    assert {room.session.station.terms.branch(term.rid) for term in picker.model.rows} == {"RID3"}
    picker.tabs.setCurrentIndex(0)
    picker.line.setText("右肺上叶")
    QTest.keyClick(picker.line, KEY.Key_Right, ALT)
    names = _names(picker)
    at = picker.table.currentIndex().row()
    assert names[at] == "upper lobe of right lung"
    assert "apical segment of upper lobe of right lung" in names[at + 1 :]
    assert names[at - 1] == "lung"
    QTest.keyClick(picker.line, KEY.Key_Left, ALT)
    assert _names(picker)[picker.table.currentIndex().row()] == "lung"
    QTest.keyClick(picker.line, KEY.Key_Down)
    QTest.keyClick(picker.line, KEY.Key_Right, ALT)
    assert picker.model.rowCount() > 1
    picker.line.setText("淋巴结")
    assert picker.model.rowCount() > 5
    picker.open_at(QPoint(20, 20), "CHEST")
    picker.line.setText("淋巴结")
    QTest.keyClick(picker.line, KEY.Key_B, CONTROL)
    assert picker.region.isChecked()
    assert "lymph node of pelvis" not in _names(picker)
    assert "mediastinal lymph node" in _names(picker)
    QTest.keyClick(picker.line, KEY.Key_B, CONTROL)
    assert not picker.region.isChecked()


def test_a_site_is_looked_for_among_anatomy(room: Room) -> None:
    """The site of a finding opens on that tab; the other tabs are a key away."""
    room.open_small_study()
    dialog = FindingDialog(room.window.ui, room.open_report(), None, room.window)
    dialog.open()
    dialog.site.button.click()
    site = dialog.site.picker
    assert site.kind == "RID3"
    site.line.setText("肺癌")
    assert all(room.session.station.terms.branch(term.rid) == "RID3" for term in site.model.rows)
    QTest.keyClick(site.line, KEY.Key_Escape)
    dialog.term.button.click()
    assert dialog.term.picker.kind == ""
    dialog.reject()


def test_a_release_is_taken_in_from_the_window(room: Room, tmp_path: Path) -> None:
    """The licence is accepted first; the window goes on meanwhile; pickers use the release at once."""
    room.commands.run("terms.vocabulary")
    dialog = next(one for one in room.window.findChildren(VocabularyDialog))
    assert "2017" in dialog.about.text()
    assert not dialog.choose.isEnabled()
    dialog.accepted_terms.setChecked(True)
    assert dialog.choose.isEnabled()
    dialog.take_in(owl_old(tmp_path / "RadLex.owl"))
    assert not dialog.choose.isEnabled()
    room.wait(lambda: room.session.station.terms.version == "RadLex 4.1")
    room.wait(lambda: "4.1" in dialog.about.text())
    (tmp_path / "bad.owl").write_text("no", encoding="utf-8")
    dialog.take_in(tmp_path / "bad.owl")
    room.wait(lambda: any("bad.owl" in note.message for note in room.session.station.notifications.rows))
    dialog.give_up.click()
    room.wait(lambda: room.session.station.terms.version.startswith("RadLex 2017"))
    dialog.accept()
