"""A dialog whose act takes time or may be refused: it waits, says why not, and keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.notifications import explain
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.notices import Refusal

T = TypeVar("T")


class FormDialog(Dialog):
    """`form` holds the lines; `act` is done in the background when the button is pressed."""

    def __init__(self, ui: CommandUi, title: str, verb: str, parent: QWidget, *, width: int = 460) -> None:
        super().__init__(title, parent, width=width)
        self._ui = ui
        self._acting = False
        self.problem = Refusal()
        self.cancel = self.add_button(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.take = self.add_button(verb, kind="primary", default=True)
        self.take.clicked.connect(self.try_it)

    def add_parts(self, *parts: QWidget) -> None:
        """Add the form's parts, and the place of the refusal below them."""
        for part in (*parts, self.problem):
            self.body.addWidget(part)

    def act(self) -> Callable[[], Any] | str:
        """What the button does, on another thread; a text says what is missing."""
        raise NotImplementedError

    def try_it(self) -> None:
        """Do it, and close; or say why not."""
        wanted = self.act()
        if isinstance(wanted, str):
            self.problem.say(wanted)
            return
        self._set_acting(True)
        self._ui.quietly(wanted, self._ended, failed=self._failed, owner=self)

    def reject(self) -> None:
        """Close without doing anything; what is being done already is waited for."""
        if not self._acting:
            super().reject()

    def _set_acting(self, acting: bool) -> None:
        self._acting = acting
        self.take.setEnabled(not acting)
        self.cancel.setEnabled(not acting)

    def _ended(self, result: object) -> None:
        self._set_acting(False)
        self.done_with(result)
        self.accept()

    def look_up(self, work: Callable[[], T], told: Callable[[T], None]) -> None:
        """Ask for something on another thread, and go on with it here while the dialog is there."""
        self._ui.quietly(work, told, owner=self)

    def done_with(self, result: object) -> None:
        """What is to be told of what was done; the dialog closes then."""

    def _failed(self, error: BaseException) -> None:
        told = explain(error)
        self._set_acting(False)
        self.problem.say(f"{told.message} {told.hint}".strip())
