"""The command that makes films of a series or of the views."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.panels.reading.film_dialog import FilmDialog
from widgets.panels.reading.film_making import FilmMaker
from widgets.panels.reading.view_output import may_take_images_out


class FilmOutput:
    """The command that asks what is to be made."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        self._ui = ui
        self._parent = parent
        self.maker = FilmMaker(ui.session)

    def commands(self) -> Sequence[Command]:
        """Print film."""
        return (
            Command(
                "film.print",
                "Print film",
                self.ask,
                key="Ctrl+Shift+F",
                icon="printer",
                where="read",
                enabled=self._can,
            ),
        )

    def _can(self) -> bool:
        return may_take_images_out(self._ui)

    def ask(self) -> None:
        """Open the dialog with its preview."""
        FilmDialog(self._ui, self.maker, self._parent).open()
