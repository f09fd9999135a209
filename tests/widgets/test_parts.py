"""Small parts that panels are made of, in a real window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QPoint, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.bootstrap.qt_language import speak
from app.i18n import catalogue, set_language
from app.ports import DirectoryRecord
from app.terminology.store import load_terms
from tests.widgets.conftest import PASSWORD, Room
from widgets.elements import Elided, SearchLine
from widgets.panels.directory.record_words import ElementInfo, together
from widgets.panels.reporting.term_picker import TermPicker
from widgets.shell.login import LoginDialog
from widgets.theme import ROW, apply_theme

pytestmark = pytest.mark.window


@pytest.fixture
def ground(qtbot: QtBot, qapp: QApplication) -> QWidget:
    """An empty window of 1000×700."""
    apply_theme(qapp, "dark")
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1000, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_cross_of_a_search_clears_it_as_a_person_would(ground: QWidget) -> None:
    """It appears with the first letter, stands in the middle of the line, empties it and tells so; without
    text there is none.
    """
    line = SearchLine("x")
    QVBoxLayout(ground).addWidget(line)
    line.show()
    QApplication.processEvents()
    cross = line.findChild(QToolButton)
    assert cross is not None
    assert not cross.isVisible()
    edited: list[str] = []
    line.textEdited.connect(edited.append)
    line.setFocus()
    QTest.keyClicks(line, "ct 7")
    QApplication.processEvents()
    assert cross.isVisible()
    assert abs(cross.geometry().center().y() - line.rect().center().y()) <= 1
    assert line.rect().contains(cross.geometry())
    assert cross.toolTip()
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert line.text() == ""
    assert edited[-1] == ""
    assert not line.findChild(QAction).isVisible()


@pytest.mark.parametrize("at", [(0, 0), (980, 10), (500, 350), (20, 690), (990, 695)])
def test_the_picker_opens_inside_its_window(ground: QWidget, at: tuple[int, int]) -> None:
    """Near any edge the picker is whole, as high as its hits need and no higher, and says when nothing
    fits.
    """
    picker = TermPicker(load_terms, ground)
    picker.open_at(QPoint(*at), "")
    for typed in ("", "结节", "jj", "zzzz"):
        picker.line.setText(typed)
        assert ground.rect().contains(picker.geometry()), typed
    assert picker.model.rowCount() == 0
    assert "zzzz" in picker.hint.text()
    picker.line.setText("结节")
    shown = picker.model.rowCount()
    assert shown
    assert picker.height() <= 144 + shown * ROW
    left: list[bool] = []
    picker.closed.connect(lambda: left.append(True))
    QTest.keyClick(picker.line, Qt.Key.Key_Escape)
    assert (picker.isVisible(), left) == (False, [True])


def test_rows_of_a_record_are_whole_or_say_so(room: Room) -> None:
    """Values that repeat share a row; a long identifier is cut in the middle and whole in its tooltip;
    Chinese text wraps instead.
    """
    oid = "2.25." + "123456789" * 4
    assert together([("keyword", "CT"), ("title", "x"), ("keyword", "肺"), ("keyword", "CT")]) == [
        ("keyword", "CT；肺"),
        ("title", "x"),
    ]
    long_text = "胸部平扫，" * 20
    step = {
        "to_state": "registered",
        "at": "2026-11-21T10:00:00+00:00",
        "actor": "清苑区人民医院（演示）影像科编目员演示丙",
    }
    document = {
        "version": 1,
        "history": [step],
        "area_name": "清苑区" * 9,
        "elements": {"resource_title": ["胸部 CT"], "abstract": [long_text], "keyword": ["CT", "肺"]},
    }
    names = {"abstract": "资源摘要", "keyword": "关键字", "resource_id": "资源标识符"}
    elements = {key: ElementInfo(key, name, "定义", mandatory=False) for key, name in names.items()}
    room.commands.run("workspace.directory")
    page = room.window.workspaces["directory"].record
    page.show_record(DirectoryRecord(oid, "published", "county", document), elements, local_study=None)
    room.bot.wait(80)  # type: ignore[attr-defined]
    cut = [label for label in page.findChildren(Elided) if label.whole() == oid]
    assert len(cut) == 1
    assert cut[0].toolTip() == oid
    assert cut[0].text().startswith("2.25.")
    assert cut[0].text().endswith(oid[-4:])
    told = next(label for label in page.findChildren(QLabel) if label.text() == long_text)
    assert told.wordWrap()
    assert told.height() >= told.heightForWidth(told.width())
    area = page.findChild(QScrollArea)
    assert area is not None
    assert area.widget().width() <= area.viewport().width(), "nothing is wider than the page"
    assert any(label.text() == "CT；肺" for label in page.findChildren(QLabel))


def test_english_counts_are_right_for_one() -> None:
    """“1 series” and “Images: 1”, never “1 images”: a number stands before a plural only where it is never
    one.
    """
    never_one = {
        "at most {n} characters are allowed",
        "{n} tiles",
        "CPU · {n} cores",
        "Each of the {n} images has a Frame of Reference of its own; they were put together by their "
        "positions.",
        "No SUV: {n} different injections are named.",
        "The distances of the slices change: the series is shown in {n} parts.",
        "The headers do not say what tells the {n} images at each place apart: they follow the scanner's "
        "numbers.",
        "The series has {n} frames of reference: positions in different ones cannot be compared, so its "
        "parts are"
        " shown apart.",
        "The series makes no volume: its {n} images are looked at one by one.",
        "{count} pixels",
        "more than {n} studies",
        "{n} × {n} pixels of the image are drawn as one: zoom in to see each of them.",
        "{n} luminances in cd/m², black to white, as far as measured",
        "{n} luminances are needed, found {found}.",
    }
    counted = {
        text
        for text in catalogue()
        if re.search(
            r"\{(n|count|added|known|notices|waiting)\} ([a-z]+ )?(?!series|is\b|of\b)[a-z]+s\b", text
        )
    }
    unnoticed = {
        text
        for text in counted - never_one
        if "{found}" not in text and "schemas" not in text and "layouts" not in text
    }
    assert {t for t in unnoticed if "of its objects" not in t and "usable graphics" not in t} == set()


def test_a_log_in_dialog_may_be_closed_while_it_waits(make_room: Callable[..., Room]) -> None:
    """The password is looked at in the background: whoever closes the dialog meanwhile meets no defect and
    does not sit down.
    """
    room = make_room(log_in=False)
    for password in ("wrong-password", PASSWORD):
        dialog = LoginDialog(room.window.ui, (), room.window)
        dialog.open()
        dialog.try_login("doctor", password)
        dialog.close()
        dialog.deleteLater()
        room.wait(lambda: not room.session.station.jobs.active)
        room.bot.wait(60)  # type: ignore[attr-defined]
        assert not room.session.user.is_logged_in
    assert not any(
        "defect" in n.message or "缺陷" in n.message for n in room.session.station.notifications.rows
    )


def test_qt_s_own_dialogs_speak_the_window_s_language(qtbot: QtBot, qapp: QApplication) -> None:
    """File and print dialogs, context menus and numbers: Chinese in Chinese, English in English, also one
    after the other.
    """
    words = []
    for language in ("zh", "en", "zh"):
        set_language(language)  # type: ignore[arg-type]
        speak(qapp)
        QApplication.processEvents()
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        line = QLineEdit("x")
        for widget in (box, line):
            qtbot.addWidget(widget)
        menu = line.createStandardContextMenu()
        dialog = QFileDialog()
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        qtbot.addWidget(dialog)
        told = {label.text() for label in dialog.findChildren(QLabel) if label.text()}
        assert all(text.isascii() is (language == "en") for text in told), told
        words.append(
            (
                box.buttons()[0].text().replace("&", ""),
                next(a.text() for a in menu.actions() if a.text())[:3],
                QLocale().name(),
            )
        )
        menu.deleteLater()
    try:
        assert words[0][0] == words[2][0] == "取消"
        assert words[1][0] == "Cancel"
        assert words[0][1] != words[1][1] == "&Un"
        assert [w[2] for w in words] == ["zh_CN", "en_GB", "zh_CN"]
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert len(qapp.findChildren(QTranslator)) == 2
    finally:
        set_language("en")
        speak(qapp)
    assert QTranslator().load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
