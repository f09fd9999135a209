"""One editor for all its places: moved with what is typed, undone, chosen and not saved yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.report import SectionKind
from app.reporting.controller import ReportController
from app.reporting.report_place import ReportPlace, ReportPlaces
from app.session.pending_edits import SaveState
from tests.widgets.conftest import PASSWORD, Room
from tests.widgets.test_main_window import clipped
from widgets.elements import Clickable
from widgets.panels.reporting.report_desk import ReportDesk

pytestmark = pytest.mark.window


def test_the_editor_moves_as_it_is(room: Room) -> None:
    """Workspace, dock, window and back, by key, in the middle of writing: the same widget with its undo, its
    cursor and its focus; what is typed is saved from everywhere.
    """
    room.open_small_study()
    room.open_report()
    room.commands.run("workspace.report")
    main, places = room.window, room.session.get(ReportPlaces)
    workspace, read = main.workspaces["report"], main.workspaces["read"]
    desk: ReportDesk = workspace.desk
    editor = desk.text.editors[SectionKind.IMPRESSION]
    editor.setFocus()
    begun = editor.toPlainText()
    typed = ""

    def write(text: str) -> None:
        nonlocal typed
        typed += text
        QTest.keyClicks(QApplication.focusWidget(), text)
        assert editor.toPlainText() == begun + typed

    def press(key: Qt.Key, place: ReportPlace) -> None:
        QTest.keyClick(QApplication.focusWidget(), key, Qt.KeyboardModifier.AltModifier)
        assert places.current is place
        room.wait(editor.hasFocus)

    write("abc")
    press(Qt.Key.Key_D, ReportPlace.DOCK)
    assert read.panels["report"].isAncestorOf(desk)
    assert room.session.workspaces.current == "read"
    assert desk.isVisible()
    write("def")
    press(Qt.Key.Key_N, ReportPlace.WINDOW)
    window = main.windows.of("report")
    assert window is not None
    assert window.isAncestorOf(desk)
    assert room.session.workspaces.current == "report"
    assert main.current is read, "the images stay in the main window"
    write("ghi")
    press(Qt.Key.Key_D, ReportPlace.DOCK)
    assert not window.isVisible()
    press(Qt.Key.Key_N, ReportPlace.WINDOW)
    press(Qt.Key.Key_E, ReportPlace.WORKSPACE)
    assert main.current is workspace
    assert not window.isVisible()
    while editor.document().isUndoAvailable():
        editor.undo()
    assert editor.toPlainText() == begun, "every letter that was typed at any place is undone"
    while editor.document().isRedoAvailable():
        editor.redo()
    press(Qt.Key.Key_D, ReportPlace.DOCK)
    room.commands.run("workspace.worklist")
    reports = room.session.get(ReportController)
    room.wait(lambda: reports.save_state is SaveState.SAVED)
    assert reports.required.section(SectionKind.IMPRESSION).plain == begun + typed


def test_the_place_is_the_person_s(room: Room) -> None:
    """It is there again after logging in, with the way to it from the report workspace."""
    room.open_small_study()
    room.commands.run("report.in-dock")
    places, panel = room.session.get(ReportPlaces), room.window.workspaces["read"].panels["report"]
    assert not panel.writes, "there is no report yet"
    panel.summary.open_button.click()
    room.wait(lambda: panel.writes)
    assert QApplication.focusWidget() in room.window.workspaces["report"].desk.text.editors.values()
    room.session.user.log_out()
    assert places.current is ReportPlace.WORKSPACE
    room.session.user.log_in("doctor", PASSWORD)
    assert places.current is ReportPlace.DOCK
    room.window.workspaces["worklist"].open_study(room.study.study_uid)
    room.wait(lambda: room.session.loaded.is_complete)
    room.commands.run("workspace.report")
    report = room.window.workspaces["report"]
    assert report.elsewhere.isVisible()
    report.go_there.click()
    assert room.session.workspaces.current == "read"
    assert panel.isVisible()
    room.commands.run("workspace.report")
    report.fetch.click()
    assert places.current is ReportPlace.WORKSPACE
    assert report.desk.isVisible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_beside_the_images_nothing_is_clipped_on_the_smallest_screen(
    make_room: Callable[..., Room], language: str
) -> None:
    room = make_room(language)
    room.open_small_study()
    room.open_report()
    room.commands.run("report.in-dock")
    desk = room.window.workspaces["report"].desk
    room.wait(lambda: bool(desk.text.checked.text()))
    assert clipped(room.window) == []
    desk.text.checked.click()
    assert desk.evidence.tabs.currentWidget() is desk.evidence.checks
    room.bot.wait(100)  # type: ignore[attr-defined]
    assert clipped(room.window) == []
    assert room.window.size().toTuple() == (1366, 768)


def test_a_check_goes_to_its_words_and_explains_itself(room: Room) -> None:
    """Also behind a character that Qt counts as two; what another check marked is marked no more."""
    room.open_small_study()
    room.open_report()
    room.commands.run("workspace.report")
    desk: ReportDesk = room.window.workspaces["report"].desk
    editors, checks = desk.text.editors, desk.evidence.checks
    editors[SectionKind.FINDINGS].setPlainText("𬭊右肺[部位]见结节。")
    editors[SectionKind.IMPRESSION].setPlainText("右肺[大小]结节。")

    def cards() -> dict[str, Clickable]:
        found = checks.findChildren(Clickable)
        return {name: c for c in found for name in ("[部位]", "[大小]") if name in c.accessibleName()}

    room.wait(lambda: len(cards()) == 2)
    for name, kind in (("[部位]", SectionKind.FINDINGS), ("[大小]", SectionKind.IMPRESSION)):
        card = cards()[name]
        assert card.toolTip().startswith("Q-54")
        card.clicked.emit()
        marked = {k: e.textCursor().selectedText() for k, e in editors.items()}
        assert {k: text for k, text in marked.items() if text} == {kind: name}
