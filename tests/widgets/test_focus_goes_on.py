"""The focus goes where work goes on, and Enter presses what has it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLayoutItem,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import getAllValidWrappers

from app.domain.person import Role
from app.domain.report import SectionKind, Text
from app.reporting.controller import ReportController
from app.reporting.settings import ReportSettings
from tests.widgets.conftest import Room
from widgets.dialogs import Dialog
from widgets.focus import everything
from widgets.shell.login import LoginDialog

pytestmark = pytest.mark.window


def _enter() -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return)


def test_writing_begins_in_the_findings_and_goes_on_after_signing(room: Room) -> None:
    """By keys alone: Enter on the button that begins, type, sign; then the next act has the focus."""
    room.open_small_study()
    room.commands.run("workspace.report")
    report = room.window.workspaces["report"]
    report.begin.setFocus()
    _enter()
    room.wait(lambda: SectionKind.FINDINGS in report.desk.text.editors)
    findings = report.desk.text.editors[SectionKind.FINDINGS]
    room.wait(findings.hasFocus)
    words = {SectionKind.FINDINGS: "双肺纹理清晰。", SectionKind.IMPRESSION: "未见明显异常。"}
    shown = room.session.get(ReportController).required
    sections = tuple(
        replace(s, content=(Text(words[s.kind]),)) if s.kind in words else s for s in shown.sections
    )
    room.done(room.commands.run("report.save", replace(shown, sections=sections)))
    room.wait(report.desk.bar.sign.isEnabled)
    report.desk.bar.sign.setFocus()
    _enter()
    room.wait(lambda: room.session.get(ReportController).required.state == "signed")
    room.wait(lambda: QApplication.focusWidget() is report.desk.bar.preview)
    assert report.desk.bar.approve.isVisible()
    assert not report.desk.bar.approve.isEnabled(), "who wrote it does not review it"
    assert report.desk.text.reading_only.isVisible()
    assert "不能审核" in report.desk.text.reading_only.text.text()
    assert {editor.placeholderText() for editor in report.desk.text.editors.values()} == {""}
    settings = room.session.station.settings
    admin = replace(room.session.user.actor, roles=frozenset({Role.ADMINISTRATOR}))
    settings.set(admin, ReportSettings(same_person_may_review=True))
    room.session.get(ReportController).changed.emit()
    room.wait(report.desk.bar.approve.isEnabled)
    assert not report.desk.text.reading_only.isVisible()


def test_enter_presses_the_button_that_has_the_focus_not_another(room: Room) -> None:
    """In a dialog the default button is for the lines; a button with the focus is meant itself."""
    dialog = Dialog("x", room.window)
    pressed: list[str] = []
    no = dialog.add_button("no")
    yes = dialog.add_button("yes", default=True)
    no.clicked.connect(lambda: pressed.append("no"))
    yes.clicked.connect(lambda: pressed.append("yes"))
    dialog.open()
    room.wait(dialog.isActiveWindow)
    no.setFocus()
    _enter()
    assert pressed == ["no"]
    dialog.close()


def test_log_in_begins_in_its_first_line(room: Room) -> None:
    """Whoever sits down types at once."""
    room.commands.run("person.log-out")
    dialog = LoginDialog(room.window.ui, (), room.window)
    dialog.open()
    room.wait(dialog.login.hasFocus)
    room.bot.keyClicks(QApplication.focusWidget(), "doc")  # type: ignore[attr-defined]
    assert dialog.login.text() == "doc"
    dialog.close()


def test_the_next_person_begins_in_the_worklist(room: Room) -> None:
    """Not in a workspace that has lost its study with who left."""
    room.open_small_study()
    room.commands.run("workspace.read")
    room.window.rail.log_out_asked.emit()
    assert room.session.workspaces.current == "worklist"
    (dialog,) = room.window.findChildren(LoginDialog)
    room.wait(dialog.login.hasFocus)
    dialog.close()


def _known_items() -> int:
    return sum(
        type(one) is QLayoutItem or type(one).__name__ == "QWidgetItem" for one in getAllValidWrappers()
    )


def test_the_order_of_layouts_is_found_without_their_items(room: Room) -> None:
    """Boxes in boxes and grids, each before what comes behind it; and nothing of what Qt deletes with a
    widget that moves is still known by its address, which ended the window.
    """
    names = ("first", "grid 1", "grid 2", "inner", "last")
    lines = {name: QLineEdit(name) for name in names}
    page = QWidget(room.window)
    outer, middle, grid, inner = QVBoxLayout(page), QHBoxLayout(), QGridLayout(), QVBoxLayout()
    outer.addWidget(lines["first"])
    outer.addLayout(middle)
    middle.addLayout(grid)
    grid.addWidget(lines["grid 1"], 1, 0)
    grid.addWidget(lines["grid 2"], 0, 0)
    middle.addLayout(inner)
    inner.addWidget(lines["inner"])
    outer.addStretch(1)
    outer.addWidget(lines["last"])
    page.show()
    before = _known_items()
    assert [widget.text() for widget in everything(page) if isinstance(widget, QLineEdit)] == list(names)
    list(everything(room.window))
    assert _known_items() == before
    page.deleteLater()
