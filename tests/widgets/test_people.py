"""People in the window: a second doctor, one's own password, the lock."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid

from app.domain.person import Role
from app.domain.report import SectionKind
from app.errors import NotAllowed, NotFound
from app.people.service import GivenPassword, PeopleService
from app.settings import AccountSettings
from tests.widgets.conftest import PASSWORD, Room
from widgets.dialogs import Dialog
from widgets.shell.login import LoginDialog
from widgets.shell.people_dialog import OwnPasswordDialog, PeopleDialog, PersonDialog
from widgets.shell.settings_dialog import SettingsDialog

pytestmark = pytest.mark.window


def test_an_answer_for_a_dialog_that_was_closed_is_dropped(room: Room) -> None:
    """Neither what came nor why it did not come is told to a widget that has gone."""
    told: list[object] = []
    held = threading.Event()

    def work() -> str:
        held.wait(10)
        return "late"

    def fail() -> str:
        held.wait(10)
        raise NotFound("late")

    dialog = PeopleDialog(room.window.ui, room.window)
    jobs = [
        room.window.ui.quietly(one, told.append, failed=told.append, owner=dialog) for one in (work, fail)
    ]
    dialog.open()
    dialog.accept()
    room.wait(lambda: not isValid(dialog))
    held.set()
    for job in jobs:
        room.done(job)  # type: ignore[arg-type]
    assert told == []


GIVEN, OWN = "Erst-2026-xyz", "Eigen-2026-xyz"


def _type_password(password: object, text: str) -> None:
    password.first.setText(text)  # type: ignore[attr-defined]
    password.again.setText(text)  # type: ignore[attr-defined]


def _add(room: Room, login: str, role: Role) -> None:
    room.window.rail.people_asked.emit()
    people = room.window.findChild(PeopleDialog)
    assert people is not None
    room.wait(lambda: len(people.people) == 1)
    people.add.click()
    dialog = people.findChild(PersonDialog)
    assert dialog is not None
    dialog.name.setText("李二")
    dialog.login.setText(login)
    for one, box in dialog.roles.items():
        box.setChecked(one is role)
    _type_password(dialog.password, GIVEN)
    dialog.take.click()
    room.wait(lambda: len(people.people) == 2)
    people.accept()


def test_a_second_doctor_is_added_and_chooses_a_password(room: Room) -> None:
    """The first person of a station needs no command line; what an administrator knows opens nothing for
    long.
    """
    _add(room, "lier", Role.REPORTING)
    room.commands.run("person.log-out")
    dialog = LoginDialog(room.window.ui, (), room.window)
    dialog.open()
    dialog.login.setText("lier")
    dialog.password.setText(GIVEN)
    dialog.enter.click()
    room.wait(dialog.own.isVisible)
    assert not room.session.user.is_logged_in
    _type_password(dialog.own, OWN)
    dialog.enter.click()
    room.wait(lambda: room.session.user.is_logged_in)
    assert (room.session.user.actor.name, room.session.user.actor.roles) == ("李二", {Role.REPORTING})
    assert room.session.user.signing_key is not None
    people = room.session.station.get(PeopleService)
    assert people.login("lier", OWN).name == "李二"
    with pytest.raises(NotAllowed):
        people.login("lier", GIVEN)
    with pytest.raises(NotAllowed, match=r"管理|manage"):
        people.people(room.session.user.actor)
    assert not [a for a in room.window.rail._menu.actions() if "本站人员" in a.text()]


def test_a_password_that_was_reset_is_given(room: Room) -> None:
    """The administrator's new password for somebody is changed by its owner; roles and access change in the
    list.
    """
    people, actor = room.session.station.get(PeopleService), room.session.user.actor
    person = people.add(actor, "lier", "李二", [Role.REPORTING], OWN)
    people.reset_password(actor, "lier", GIVEN, given=True)
    with pytest.raises(GivenPassword):
        people.login("lier", GIVEN)
    dialog = PersonDialog(room.window.ui, person, room.window)
    dialog.roles[Role.REVIEWING].setChecked(True)
    dialog.active.setChecked(False)
    dialog.take.click()
    room.wait(lambda: not people.by_login(actor, "lier").active)
    assert people.by_login(actor, "lier").roles == {Role.REPORTING, Role.REVIEWING}


def test_ones_own_password(room: Room) -> None:
    """A wrong present password is told in the dialog; the right one changes it, and the key opens with the
    new.
    """
    dialog = OwnPasswordDialog(room.window.ui, room.window)
    dialog.open()
    dialog.old.setText("wrong-2026-abc")
    _type_password(dialog.password, OWN)
    dialog.take.click()
    room.wait(dialog.problem.isVisible)
    dialog.old.setText(PASSWORD)
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    dialog.take.click()
    room.wait(lambda: bool(closed))
    people = room.session.station.get(PeopleService)
    actor = people.login("doctor", OWN)
    assert people.unlock_signing(actor, OWN) is not None


def test_the_lock_covers_and_keeps_what_is_edited(room: Room) -> None:
    """Ctrl+L: no key, no dialog of the window reaches it; the same person goes on where they were."""
    room.open_small_study()
    room.open_report()
    room.commands.run("workspace.report")
    editor = room.window.workspaces["report"].desk.text.editors[SectionKind.FINDINGS]
    editor.insertPlainText("in the middle of")
    room.window.open_settings()
    (settings,) = room.window.findChildren(SettingsDialog)
    QTest.keyClick(room.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    room.commands.run("person.lock")
    user, cover = room.session.user, room.window.lock.cover
    assert user.is_locked
    assert cover is not None
    assert cover.isVisible()
    assert cover.geometry() == room.window.geometry()
    assert not settings.isVisible()
    late = Dialog("late", room.window)
    late.open()  # made in the background, as the preview of a report is
    room.wait(lambda: not late.isVisible())
    with pytest.raises(Exception, match=r"签名|signing"):
        _ = user.signing_key
    QTest.keyClick(cover, Qt.Key.Key_Escape)
    assert cover.isVisible()
    entry = cover.entry
    assert not entry.isWindow(), "a part of the cover, whatever the window manager does"
    assert abs(entry.geometry().center().x() - cover.rect().center().x()) <= 1
    assert cover.rect().contains(entry.geometry())
    assert entry.y() > cover.height() // 5
    assert entry.login.text() == "doctor", "who comes back types the password only"
    assert entry.focusWidget() is entry.password
    entry.try_login("doctor", "wrong-2026-abc")
    room.wait(entry.problem.isVisible)
    assert user.is_locked
    entry.try_login("doctor", PASSWORD)
    room.wait(lambda: not user.is_locked)
    assert room.window.lock.cover is None
    assert user.signing_key is not None
    assert settings.isVisible()
    assert late.isVisible()
    late.reject()
    assert "in the middle of" in editor.toPlainText()
    assert room.session.study.is_open(str(room.study.study_uid))


def test_another_person_takes_a_locked_window_over(room: Room) -> None:
    """What the one before edited is saved first, in that person's name; what the one before was asked is
    over.
    """
    people, actor = room.session.station.get(PeopleService), room.session.user.actor
    people.add(actor, "lier", "李二", [Role.REPORTING], OWN)
    room.window.open_settings()
    room.commands.run("person.lock")
    cover = room.window.lock.cover
    assert cover is not None
    cover.entry.try_login("lier", OWN)
    room.wait(lambda: not room.session.user.is_locked)
    assert room.session.user.actor.name == "李二"
    assert room.window.lock.cover is None
    room.wait(lambda: not room.window.findChildren(SettingsDialog))


def test_a_window_that_nobody_touches_is_locked(room: Room) -> None:
    """After the minutes that are set, counted from the last touch; 0 never."""
    settings, lock = room.session.station.settings, room.window.lock
    settings.set(room.session.user.actor, AccountSettings(lock_after_minutes=0))
    for _ in range(100):
        lock.look()
    assert not room.session.user.is_locked
    settings.set(room.session.user.actor, AccountSettings(lock_after_minutes=1))
    QTest.mouseMove(room.window.windowHandle())
    QTest.keyClick(room.window.windowHandle(), Qt.Key.Key_Shift)
    for _ in range(5):
        lock.look()
    assert not room.session.user.is_locked
    lock.look()
    assert room.session.user.is_locked
