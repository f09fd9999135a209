"""What every workspace, every tab beside the images and every word on the status line is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.session.commands import Command
from widgets.command_ui import CommandUi


class Workspace(QWidget):
    """One of the rooms of the window.

    `banner` is shown on top instead of the patient's; `side_panel` is what F9 shows and hides;
    `regions` are the widgets that F6 goes through.
    """

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.ui = ui
        self.session = ui.session
        self.banner: QWidget | None = None
        self.side_panel: QWidget | None = None

    def commands(self) -> Sequence[Command]:
        """What can be done in this workspace only because it is there: it needs its widgets."""
        return ()

    def regions(self) -> list[QWidget]:
        """Widgets that F6 brings the focus to, in order."""
        return [self]

    def arrived(self) -> None:
        """The workspace came to the front."""

    def flush(self) -> None:
        """Save what is still being edited."""

    def drop(self, paths: Sequence[Path]) -> bool:
        """Take files that were dropped on the window; False where it has no use for them."""
        return False

    def focus_search(self) -> None:
        """Go to the search line, where there is one."""

    def toggle_side_panel(self) -> None:
        """Show or hide the panel at the side, where there is one."""
        if self.side_panel is not None:
            self.side_panel.setVisible(not self.side_panel.isVisible())


class Panel(QWidget):
    """A tab of the dock beside the images."""

    def focus_first(self) -> None:
        """Somebody asked for the tab: give the focus to what is used first."""

    def regions(self) -> list[QWidget]:
        """Widgets of the tab that F6 brings the focus to, in order."""
        return []

    def flush(self) -> None:
        """Save what is still being edited."""

    def arrived(self) -> None:
        """The workspace with the dock came to the front."""


class StatusLabel(QLabel):
    """A word on the line at the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)

    def look(self) -> None:
        """Look, in the background, how things are; asked every minute, and when somebody has logged in."""
