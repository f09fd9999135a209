"""The people of the station: who they are, what they may do, and new ones (administrators only)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.domain.person import Person, Role
from app.i18n import tr
from app.notifications import explain
from app.people.service import PeopleService
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label, push, row
from widgets.form_dialog import FormDialog
from widgets.notices import NoticeBox
from widgets.password_lines import NewPassword, secret_line
from widgets.shell.login import role_name, role_names
from widgets.theme import ROW

#: what a person who logs in at a window can be; the operator is the command line's own
ROLES = (Role.REPORTING, Role.REVIEWING, Role.CATALOGUING, Role.ADMINISTRATOR)


class PersonDialog(FormDialog):
    """A new person with a first password, or (with `person`) the name, roles and access of one."""

    def __init__(self, ui: CommandUi, person: Person | None, parent: QWidget) -> None:
        title = tr("Add a person") if person is None else tr("Change {person}", person=person.name)
        super().__init__(ui, title, tr("Add") if person is None else tr("Save"), parent)
        self._person = person
        self.name = QLineEdit(person.name if person is not None else "")
        self.login = QLineEdit(person.login if person is not None else "")
        for line, words in ((self.name, tr("Name")), (self.login, tr("Login name"))):
            line.setPlaceholderText(words)
            line.setAccessibleName(words)
        self.login.setEnabled(person is None)
        self.roles = {role: QCheckBox(role_name(role)) for role in ROLES}
        for role, box in self.roles.items():
            box.setChecked(role in person.roles if person is not None else role is Role.REPORTING)
        self.active = QCheckBox(tr("May log in"))
        self.active.setChecked(person is None or person.active)
        self.password = NewPassword()
        self.allowed = label("", tone="muted", wrap=True)
        for box in self.roles.values():
            box.toggled.connect(self._tell_allowed)
        self._tell_allowed()
        parts: list[QWidget] = [self.name, self.login, *self.roles.values(), self.allowed]
        if person is None:
            parts += [self.password, _given_note()]
        else:
            parts.append(self.active)
        self.add_parts(*parts)
        self.name.setFocus()

    def _ticked(self) -> frozenset[Role]:
        return frozenset(role for role, box in self.roles.items() if box.isChecked())

    def _tell_allowed(self) -> None:
        rights = [right for right in self._ui.session.rights if not right.roles.isdisjoint(self._ticked())]
        self.allowed.setText(
            tr("May: {rights}.", rights=tr(", ").join(tr(right.title) for right in rights))
            if rights
            else tr("Without a role a person may do nothing here.")
        )

    def act(self) -> Callable[[], Any] | str:
        people, actor = self._ui.session.station.get(PeopleService), self._ui.session.user.actor
        roles = self._ticked()
        name, login = self.name.text().strip(), self.login.text().strip()
        if self._person is not None:
            kept = roles | (self._person.roles - frozenset(ROLES))
            changed = replace(self._person, name=name, roles=kept, active=self.active.isChecked())
            return partial(people.change, actor, changed)
        password = self.password.first.text()
        return self.password.problem() or partial(people.add, actor, login, name, roles, password, given=True)


class ResetPasswordDialog(FormDialog):
    """A new first password for somebody who forgot theirs."""

    def __init__(self, ui: CommandUi, person: Person, parent: QWidget) -> None:
        super().__init__(ui, tr("New password for {person}", person=person.name), tr("Set"), parent)
        self._person = person
        self.password = NewPassword()
        self.add_parts(self.password, _given_note())
        self.password.first.setFocus()

    def act(self) -> Callable[[], Any] | str:
        people, actor = self._ui.session.station.get(PeopleService), self._ui.session.user.actor
        password = self.password.first.text()
        return self.password.problem() or partial(
            people.reset_password, actor, self._person.login, password, given=True
        )


class OwnPasswordDialog(FormDialog):
    """One's own password; what was signed stays valid, and the signing key stays the same."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(ui, tr("Change own password"), tr("Change"), parent)
        self.old = secret_line(tr("Present password"))
        self.password = NewPassword()
        self.add_parts(self.old, self.password)
        self.old.setFocus()

    def act(self) -> Callable[[], Any] | str:
        people, actor = self._ui.session.station.get(PeopleService), self._ui.session.user.actor
        new = self.password.first.text()
        return self.password.problem() or partial(people.change_password, actor, self.old.text(), new)


class PeopleDialog(Dialog):
    """Everybody, and what can be done for them."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(tr("People of this station"), parent, width=720)
        self._ui = ui
        self.people: list[Person] = []
        self.table = _table()
        self.table.doubleClicked.connect(self.change)
        self.table.currentCellChanged.connect(lambda *_: self._look())
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        self.add = push(tr("Add a person"), icon_name="plus")
        self.edit = push(tr("Change roles and access"))
        self.reset = push(tr("Set a new password"))
        self.add.clicked.connect(lambda: self._open(PersonDialog(ui, None, self)))
        self.edit.clicked.connect(self.change)
        self.reset.clicked.connect(self.set_password)
        self.body.addWidget(self.table)
        self.body.addWidget(self.problem)
        self.body.addLayout(row(self.add, self.edit, self.reset, None))
        close = self.add_button(tr("Close"), kind="primary")
        close.clicked.connect(self.accept)
        self._look()
        self.reload()

    def reload(self) -> None:
        """Read everybody again."""
        people, actor = self._ui.session.station.get(PeopleService), self._ui.session.user.actor
        self._ui.quietly(lambda: people.people(actor), self._show, failed=self._failed, owner=self)

    @property
    def chosen(self) -> Person | None:
        """The selected person."""
        at = self.table.currentRow()
        return self.people[at] if 0 <= at < len(self.people) else None

    def change(self) -> None:
        """Change the selected person's name, roles and access."""
        if self.chosen is not None:
            self._open(PersonDialog(self._ui, self.chosen, self))

    def set_password(self) -> None:
        """Give the selected person a new first password."""
        if self.chosen is not None:
            self._open(ResetPasswordDialog(self._ui, self.chosen, self))

    def _open(self, dialog: FormDialog) -> None:
        dialog.accepted.connect(self.reload)
        dialog.open()

    def _look(self) -> None:
        for part in (self.edit, self.reset):
            part.setEnabled(self.chosen is not None)

    def _show(self, people: list[Person]) -> None:
        at = max(self.table.currentRow(), 0)
        self.people = people
        self.table.setRowCount(len(people))
        for position, person in enumerate(people):
            access = tr("yes") if person.active else tr("no")
            for place, text in enumerate((person.name, person.login, role_names(person.roles), access)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(position, place, item)
        self.table.selectRow(min(at, len(people) - 1))
        self.problem.hide()
        self._look()

    def _failed(self, error: BaseException) -> None:
        told = explain(error)
        self.problem.tell(f"{told.message} {told.hint}".strip(), "danger")
        self.problem.show()


def _table() -> QTableWidget:
    made = QTableWidget(0, 4)
    made.setHorizontalHeaderLabels([tr("Name"), tr("Login name"), tr("Roles"), tr("May log in")])
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setShowGrid(False)
    made.setTabKeyNavigation(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(ROW)
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    made.setColumnWidth(0, 140)
    made.setColumnWidth(1, 140)
    made.setMinimumHeight(240)
    return made


def _given_note() -> QWidget:
    return label(tr("It is changed by its owner at the first log-in."), tone="muted", wrap=True)
