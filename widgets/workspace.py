"""What every workspace is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from widgets.acts import Acts


class Workspace(QWidget):
    """One of the rooms of the window.

    `banner` is shown on top instead of the patient's; `regions` are the widgets that F6 goes through.
    """

    name = ""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.acts = acts
        self.desk = acts.desk
        self.banner: QWidget | None = None

    def regions(self) -> list[QWidget]:
        """Widgets that F6 brings the focus to, in order."""
        return [self]

    def arrived(self) -> None:
        """The workspace came to the front."""

    def flush(self) -> None:
        """Save what is still being edited."""

    def toggle_dock(self) -> None:
        """Show or hide the panel at the right, where there is one."""
